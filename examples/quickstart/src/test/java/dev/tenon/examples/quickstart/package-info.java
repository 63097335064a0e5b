/** Tests of the quickstart. */
@NullMarked
package dev.tenon.examples.quickstart;

import org.jspecify.annotations.NullMarked;
