package dev.tenon.core.search;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.FilterText;
import org.jooq.Condition;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * What a search was told.
 *
 * @param ranked how many rows that match are rated
 * @param headline the column of which a passage is made; null for none
 */
record SearchOptions(int top, int ranked, Condition filter, @Nullable String headline) {

  static final int MOST = 1_000;
  static final SearchOptions DEFAULT = new SearchOptions(10, 10_000, DSL.noCondition(), null);

  private static final int MOST_RANKED = 1_000_000;

  SearchOptions withTop(int rows) {
    requireWithin("top", rows, MOST);
    return new SearchOptions(rows, ranked, filter, headline);
  }

  SearchOptions withRanked(int rows) {
    requireWithin("ranked", rows, MOST_RANKED);
    return new SearchOptions(top, rows, filter, headline);
  }

  SearchOptions withFilter(Condition condition) {
    return new SearchOptions(top, ranked, filter.and(condition), headline);
  }

  SearchOptions withHeadline(String column) {
    return new SearchOptions(top, ranked, filter, column);
  }

  private static void requireWithin(String option, int value, int most) {
    if (value < 1 || value > most) {
      throw new UsageException(
          Problem.what(option + "(" + value + ") was asked for")
              .where("TextQuery." + option)
              .why("it is 1 to " + most)
              .fix("choose one in this range"));
    }
  }

  /** Refuses what the driver would silently alter, or jOOQ cannot render. */
  void check(String place) {
    FilterText.requireEncodable(filter, "condition of " + place);
  }
}
