package dev.tenon.core;

import dev.tenon.core.internal.Required;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.SortField;
import org.jooq.impl.DSL;

/**
 * Some rows, and where those before and behind them are.
 *
 * <p>Cursors are opaque texts, made for one order of one repository and, where rows are owned, for
 * one tenant; another condition may be asked with them. They show the sort values of a row and are
 * not secret. {@link CursorKeys} sign them.
 *
 * @param rows in the order asked for
 * @param previous a cursor for {@link Request#before}; empty where the page is known to be the
 *     first
 * @param next a cursor for {@link Request#after}; empty where the page is known to be the last
 */
public record Page<T>(List<T> rows, Optional<String> previous, Optional<String> next) {

  public Page {
    rows = List.copyOf(rows);
  }

  /** Where a page begins, or ends. */
  public sealed interface Start {

    /** The first rows. */
    record Beginning() implements Start {}

    /** The last rows. */
    record End() implements Start {}

    /** The rows that follow a page. */
    record After(String next) implements Start {
      public After {
        Required.require(next, "cursor", "Page.Request.after");
      }
    }

    /** The rows that a page follows. */
    record Before(String previous) implements Start {
      public Before {
        Required.require(previous, "cursor", "Page.Request.before");
      }
    }

    /** The rows behind as many others. */
    record Offset(int rows) implements Start {

      private static final int FARTHEST = 10_000;

      public Offset {
        if (rows < 0 || rows > FARTHEST) {
          throw new UsageException(
              Problem.what("the offset is " + rows)
                  .where("Page.Request.offset")
                  .why("the server reads all rows before it, so it is 0 to " + FARTHEST)
                  .fix("go on with the cursor of a page, or narrow the condition"));
        }
      }
    }
  }

  /**
   * Which page of rows to read. Immutable.
   *
   * @param size how many rows at most, 1 to 10,000
   * @param condition which rows; all by default
   * @param order by which columns; by identifier by default. One whose field is declared not null
   *     costs less to go on from than one that may hold nulls
   * @param start where the page begins; at the first row by default
   */
  public record Request(int size, Condition condition, List<SortField<?>> order, Start start) {

    private static final int LARGEST = 10_000;

    public Request {
      Required.require(condition, "condition", "Page.Request.where");
      Required.require(order, "order", "Page.Request.orderBy");
      Required.require(start, "start", "new Page.Request");
      for (int i = 0; i < order.size(); i++) {
        Required.require(order.get(i), "column " + i + " of the order", "Page.Request.orderBy");
      }
      if (size < 1 || size > LARGEST) {
        throw new UsageException(
            Problem.what("the page size is " + size)
                .where("Page.Request.of")
                .why("a page holds 1 to " + LARGEST + " rows")
                .fix("ask for less, or use Repository.stream for all rows"));
      }
      order = List.copyOf(order);
    }

    public static Request of(int size) {
      return new Request(size, DSL.noCondition(), List.of(), new Start.Beginning());
    }

    public Request where(Condition rows) {
      return new Request(size, rows, order, start);
    }

    public Request orderBy(SortField<?>... columns) {
      Required.require(columns, "order", "Page.Request.orderBy");
      return new Request(size, condition, Arrays.asList(columns), start);
    }

    /** The rows that follow the page that gave this {@link Page#next}; with the same order. */
    public Request after(String next) {
      return from(new Start.After(next));
    }

    /**
     * The rows that the page that gave this {@link Page#previous} follows; with the same order, in
     * which they are given too.
     */
    public Request before(String previous) {
      return from(new Start.Before(previous));
    }

    /** The last rows, from which {@link #before} leads to the first. */
    public Request fromEnd() {
      return from(new Start.End());
    }

    /**
     * The rows behind as many others, at most 10,000, for the page numbers of a short list: the
     * server reads what it leaves out, and rows are repeated or left out where others insert and
     * delete meanwhile. The page's cursors have neither fault.
     */
    public Request offset(int rows) {
      return from(new Start.Offset(rows));
    }

    private Request from(Start place) {
      return new Request(size, condition, order, place);
    }
  }
}
