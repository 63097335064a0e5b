/**
 * Rows that are found by their words: a {@link dev.tenon.core.search.TextSearch} keeps a stored
 * text vector beside the texts, searches it, and tells what it could not tell.
 */
@NullMarked
package dev.tenon.core.search;

import org.jspecify.annotations.NullMarked;
