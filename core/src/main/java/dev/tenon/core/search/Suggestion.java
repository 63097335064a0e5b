package dev.tenon.core.search;

/**
 * A word of the tenant's own rows that may have been meant.
 *
 * @param word what was typed, in lower case
 * @param suggestion a word that rows hold
 * @param similarity how alike the two are, up to 1
 * @param rows how many of the rows that were looked at hold it
 */
public record Suggestion(String word, String suggestion, float similarity, long rows) {}
