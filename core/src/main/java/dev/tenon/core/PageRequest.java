package dev.tenon.core;

import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.SortField;
import org.jooq.impl.DSL;

/**
 * Which page of rows to read. Immutable.
 *
 * @param size how many rows at most, 1 to 10,000
 * @param condition which rows; all by default
 * @param order by which columns, none of them nullable; by identifier by default
 * @param cursor where the page begins; at the first row by default
 */
public record PageRequest(
    int size, Condition condition, List<SortField<?>> order, Optional<String> cursor) {

  private static final int LARGEST = 10_000;

  public PageRequest {
    if (size < 1 || size > LARGEST) {
      throw new UsageException(
          Problem.what("the page size is " + size)
              .where("PageRequest")
              .why("a page holds 1 to " + LARGEST + " rows")
              .fix("ask for less, or use Repository.stream for all rows"));
    }
    order = List.copyOf(order);
  }

  public static PageRequest of(int size) {
    return new PageRequest(size, DSL.noCondition(), List.of(), Optional.empty());
  }

  public PageRequest where(Condition rows) {
    return new PageRequest(size, rows, order, cursor);
  }

  public PageRequest orderBy(SortField<?>... columns) {
    return new PageRequest(size, condition, List.of(columns), cursor);
  }

  /** Goes on after the page that gave this cursor; with the same order. */
  public PageRequest after(String next) {
    return new PageRequest(size, condition, order, Optional.of(next));
  }
}
