/** Searches on a real server, under each isolation of their table. */
@NullMarked
package dev.tenon.guide.search;

import org.jspecify.annotations.NullMarked;
