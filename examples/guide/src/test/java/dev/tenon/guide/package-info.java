/** The snippets of docs/guide, compiled and run, and the rules of the house as tests. */
@NullMarked
package dev.tenon.guide;

import org.jspecify.annotations.NullMarked;
