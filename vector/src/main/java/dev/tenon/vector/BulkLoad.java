package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Many rows by statements that take an array for each column. */
final class BulkLoad<T> {

  private final VectorTable<T> table;
  private final @Nullable VectorTable<?> beside;
  private final String insert;

  BulkLoad(VectorTable<T> table) {
    this(table, null);
  }

  /**
   * @param beside the same table with the embedding of another model, which each row has too
   */
  BulkLoad(VectorTable<T> table, @Nullable VectorTable<?> beside) {
    this.table = table;
    this.beside = beside;
    this.insert = UpsertSql.ofArrays(table, beside);
  }

  static String position(String place, long position) {
    return place + ", record " + position;
  }

  long run(Session session, String operation, Stream<? extends T> records) {
    return run(
        session, operation, new Checked<T>(table, table.place(operation), records.iterator()));
  }

  /** All of them are checked before any I/O, and written as {@link #sorted} says. */
  void run(Session session, String operation, Collection<? extends T> records) {
    Iterator<BulkRow<T>> checked =
        new Checked<T>(table, table.place(operation), records.iterator());
    long unused = run(session, operation, sorted(checked).iterator());
  }

  /**
   * The last of each id, in the order of the ids: those who write the same rows at the same time
   * wait for each other and do not deadlock.
   */
  List<BulkRow<T>> sorted(Iterator<BulkRow<T>> rows) {
    Map<String, BulkRow<T>> byId = new TreeMap<>();
    rows.forEachRemaining(
        row ->
            byId.put(Objects.requireNonNull(table.columns().text(row.record(), table.id())), row));
    return List.copyOf(byId.values());
  }

  /** Where it takes several statements, a savepoint makes them one in a transaction of others. */
  long run(Session session, String operation, Iterator<BulkRow<T>> checked) {
    TenantId tenant = table.requireTenant(session, operation);
    String place = table.place(operation);
    return ExtensionFaults.explaining(
        place,
        () ->
            session.transactionResult(
                transaction -> {
                  BulkRows<T> rows = new BulkRows<>(new RowArrays<>(table, beside), place, checked);
                  rows.fill();
                  Session.JdbcWork<Long> write =
                      connection -> rows.write(connection, insert, tenant);
                  try {
                    return rows.areAll()
                        ? transaction.jdbc(write)
                        : transaction.savepointResult(inner -> inner.jdbc(write));
                  } catch (InvalidDataException refused) {
                    throw explained(rows.unanswered(), place, refused);
                  }
                }));
  }

  private InvalidDataException explained(
      List<BulkRow<T>> rows, String place, InvalidDataException refused) {
    return rows.stream()
        .flatMap(
            row ->
                DocumentFaults.of(
                    table.columns(), row.record(), position(place, row.position()), refused)
                    .stream())
        .findFirst()
        .orElse(refused);
  }

  private static final class Checked<T> implements Iterator<BulkRow<T>> {

    private final VectorTable<T> table;
    private final String place;
    private final Iterator<? extends T> records;
    private long position;

    Checked(VectorTable<T> table, String place, Iterator<? extends T> records) {
      this.table = table;
      this.place = place;
      this.records = records;
    }

    @Override
    public boolean hasNext() {
      return records.hasNext();
    }

    @Override
    public BulkRow<T> next() {
      T record = records.next();
      Object vector = table.check(record, position(place, position));
      return new BulkRow<>(position++, record, vector, null);
    }
  }
}
