package dev.tenon.core.internal;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The results of a statement inside a frame, without the one of the frame's closing. */
final class FramedResults {

  private static final Result NONE = new Result(null, -1);

  private final Deque<Result> following = new ArrayDeque<>();
  private final List<ResultSet> kept = new ArrayList<>();
  private Result current;

  private record Result(@Nullable ResultSet rows, long count) {

    static Result of(Statement statement) throws SQLException {
      return new Result(statement.getResultSet(), statement.getLargeUpdateCount());
    }

    boolean exists() {
      return rows != null || count >= 0;
    }
  }

  private FramedResults(Result current) {
    this.current = current;
  }

  /** From a statement that stands on its first result; outside a cursor the driver has them all. */
  static FramedResults of(Statement statement) throws SQLException {
    FramedResults results = new FramedResults(Result.of(statement));
    if (!results.current.exists()) {
      return results;
    }
    statement.getMoreResults(Statement.KEEP_CURRENT_RESULT);
    for (Result next = Result.of(statement); next.exists(); next = Result.of(statement)) {
      results.following.add(next);
      statement.getMoreResults(Statement.KEEP_CURRENT_RESULT);
    }
    results.following.pollLast();
    return results;
  }

  @Nullable ResultSet rows() {
    return current.rows();
  }

  long count() {
    return current.count();
  }

  /** Goes to the next result, as {@link Statement#getMoreResults(int)} says. */
  boolean next(int previous) throws SQLException {
    ResultSet left = current.rows();
    if (left != null && previous == Statement.CLOSE_CURRENT_RESULT) {
      left.close();
    } else if (left != null) {
      kept.add(left);
    }
    if (previous == Statement.CLOSE_ALL_RESULTS) {
      for (ResultSet rows : kept) {
        rows.close();
      }
      kept.clear();
    }
    Result next = following.poll();
    current = next == null ? NONE : next;
    return current.rows() != null;
  }
}
