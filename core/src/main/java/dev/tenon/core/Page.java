package dev.tenon.core;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.SortField;
import org.jooq.impl.DSL;

/**
 * Some rows, and where the next ones begin.
 *
 * @param rows in the order asked for
 * @param next an opaque cursor for {@link Request#after}; empty on the last page. It encodes the
 *     sort values of the last row and is not secret; a changed one is refused or addresses another
 *     place in the caller's own rows
 */
public record Page<T>(List<T> rows, Optional<String> next) {

  public Page {
    rows = List.copyOf(rows);
  }

  /**
   * Which page of rows to read. Immutable.
   *
   * @param size how many rows at most, 1 to 10,000
   * @param condition which rows; all by default
   * @param order by which columns; by identifier by default. One whose field is declared not null
   *     costs less to go on from than one that may hold nulls
   * @param cursor where the page begins; at the first row by default
   */
  public record Request(
      int size, Condition condition, List<SortField<?>> order, Optional<String> cursor) {

    private static final int LARGEST = 10_000;

    public Request {
      Arguments.require(condition, "condition", "Page.Request.where");
      Arguments.require(order, "order", "Page.Request.orderBy");
      Arguments.require(cursor, "cursor", "Page.Request.after");
      for (int i = 0; i < order.size(); i++) {
        Arguments.require(order.get(i), "column " + i + " of the order", "Page.Request.orderBy");
      }
      if (size < 1 || size > LARGEST) {
        throw new UsageException(
            Problem.what("the page size is " + size)
                .where("Request")
                .why("a page holds 1 to " + LARGEST + " rows")
                .fix("ask for less, or use Repository.stream for all rows"));
      }
      order = List.copyOf(order);
    }

    public static Request of(int size) {
      return new Request(size, DSL.noCondition(), List.of(), Optional.empty());
    }

    public Request where(Condition rows) {
      return new Request(size, rows, order, cursor);
    }

    public Request orderBy(SortField<?>... columns) {
      Arguments.require(columns, "order", "Page.Request.orderBy");
      return new Request(size, condition, Arrays.asList(columns), cursor);
    }

    /** Goes on after the page that gave this cursor; with the same order. */
    public Request after(String next) {
      return new Request(
          size,
          condition,
          order,
          Optional.of(Arguments.require(next, "cursor", "Page.Request.after")));
    }
  }
}
