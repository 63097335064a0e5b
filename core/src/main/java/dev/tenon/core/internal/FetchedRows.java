package dev.tenon.core.internal;

import dev.tenon.core.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jooq.Cursor;
import org.jspecify.annotations.Nullable;

/**
 * The rows of an open cursor as records, made by the same codecs as those of a single find.
 *
 * @param statement what they were asked with, for errors
 */
public record FetchedRows<T>(ResultSet result, Reader<T> rows, String statement) {

  /** Makes a record of the current row. */
  @FunctionalInterface
  public interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  public static <T> FetchedRows<T> of(Cursor<?> cursor, Reader<T> rows, String statement) {
    @Nullable ResultSet result = cursor.resultSet();
    if (result == null) {
      throw new IllegalStateException("the cursor is closed");
    }
    return new FetchedRows<>(guarded(result), rows, statement);
  }

  /** The rows within jOOQ's own, which codecs read faster. */
  private static ResultSet guarded(ResultSet result) {
    try {
      return result.isWrapperFor(GuardedResultSet.class)
          ? result.unwrap(GuardedResultSet.class)
          : result;
    } catch (SQLException refused) {
      return result;
    }
  }

  public List<T> all() {
    List<T> all = new ArrayList<>();
    while (advance(all::add)) {
      // Each step adds a row.
    }
    return all;
  }

  /** Fetches as it is consumed, on the connection of this transaction. */
  public Stream<T> stream(Transaction transaction) {
    return StreamSupport.stream(
        new Spliterators.AbstractSpliterator<T>(
            Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL) {
          @Override
          public boolean tryAdvance(Consumer<? super T> action) {
            FramedSession.requireIdle(transaction, statement);
            return advance(action);
          }
        },
        false);
  }

  private boolean advance(Consumer<? super T> action) {
    T row;
    try {
      if (!result.next()) {
        return false;
      }
      row = rows.read(result);
    } catch (SQLException error) {
      throw SqlStates.translate(error, statement, SqlStates.Phase.BEFORE_COMMIT);
    }
    action.accept(row);
    return true;
  }
}
