package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenantId;
import dev.tenon.core.internal.BinaryArrays;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of a load, as many in memory as travel together. */
final class BulkRows<T> {

  private static final int STATEMENTS_TOGETHER = 8;

  /** As many as eight have, but where rows are so large that each is a statement. */
  private static final int BYTES_TOGETHER = 2 << 20;

  private final RowArrays<T> arrays;
  private final String place;
  private final Iterator<BulkRow<T>> rows;
  private final List<BulkRow<T>> unanswered = new ArrayList<>();
  private @Nullable BulkRow<T> next;
  private long read;

  BulkRows(RowArrays<T> arrays, String place, Iterator<BulkRow<T>> rows) {
    this.arrays = arrays;
    this.place = place;
    this.rows = rows;
  }

  /** Takes records until a statement has enough. */
  void fill() {
    while (next != null || rows.hasNext()) {
      BulkRow<T> row = next == null ? rows.next() : next;
      next = row;
      if (arrays.isFullFor(row.record())) {
        return;
      }
      arrays.add(row, BulkLoad.position(place, row.position()));
      unanswered.add(row);
      next = null;
      read++;
    }
  }

  /** Whether there are no more than are in memory. */
  boolean areAll() {
    return next == null;
  }

  /**
   * Writes what is in memory and all that follows; how many they were.
   *
   * <p>Several statements travel together, so that the server works on one while the next is sent.
   */
  long write(Connection connection, String insert, TenantId tenant) throws SQLException {
    BinaryArrays binary = connection.unwrap(BinaryArrays.class);
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      List<Integer> expected = new ArrayList<>();
      long bytes = 0;
      while (arrays.size() > 0) {
        expected.add(arrays.size());
        bytes += arrays.bytes();
        statement.setObject(1, tenant.value());
        arrays.addTo(statement, binary);
        int sent = unanswered.size();
        fill();
        boolean isMuch = expected.size() == STATEMENTS_TOGETHER || bytes >= BYTES_TOGETHER;
        if (isMuch || arrays.size() == 0) {
          requireEqual(expected, statement.executeBatch());
          unanswered.subList(0, sent).clear();
          expected.clear();
          bytes = 0;
        }
      }
    }
    return read;
  }

  /** The rows that the server was sent and did not take yet, or that are to be sent next. */
  List<BulkRow<T>> unanswered() {
    return unanswered;
  }

  private void requireEqual(List<Integer> expected, int[] written) {
    for (int i = 0; i < written.length; i++) {
      if (expected.get(i) != written[i]) {
        throw new ServerException(
            Problem.what(
                    written[i] + " rows were written to the table instead of " + expected.get(i))
                .where(place)
                .why("a trigger or a rule of the table suppressed the others")
                .fix("look at the triggers and rules of the table"));
      }
    }
  }
}
