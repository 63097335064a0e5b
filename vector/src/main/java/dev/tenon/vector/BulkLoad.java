package dev.tenon.vector;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.vector.BulkRows.Numbered;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Many rows by statements that take an array for each column. */
final class BulkLoad<T> {

  private final VectorTable<T> table;
  private final String insert;

  BulkLoad(VectorTable<T> table) {
    this.table = table;
    this.insert = UpsertSql.ofArrays(table);
  }

  static String position(String place, long position) {
    return place + ", record " + position;
  }

  /** In their order, as they come. */
  long run(Session session, String operation, Stream<? extends T> records) {
    AtomicLong position = new AtomicLong();
    return write(
        session,
        operation,
        records.map(record -> new Numbered<T>(position.getAndIncrement(), record)).iterator());
  }

  /**
   * The last of each id, in the order of the ids: those who write the same rows at the same time
   * wait for each other and do not deadlock.
   */
  void run(Session session, String operation, Collection<? extends T> records) {
    Map<Object, Numbered<T>> byId = new HashMap<>();
    long position = 0;
    for (T record : records) {
      Object id = Objects.requireNonNull(table.columns().value(record, table.id()));
      byId.put(id, new Numbered<>(position++, record));
    }
    long unused = write(session, operation, sorted(byId.values()).iterator());
  }

  private List<Numbered<T>> sorted(Collection<Numbered<T>> records) {
    List<Numbered<T>> sorted = new ArrayList<>(records);
    sorted.sort(
        Comparator.comparing(
            numbered ->
                Objects.requireNonNull(table.columns().text(numbered.record(), table.id()))));
    return sorted;
  }

  /** Where it takes several statements, a savepoint makes them one in a transaction of others. */
  private long write(Session session, String operation, Iterator<Numbered<T>> records) {
    TenantId tenant = table.requireTenant(session, operation);
    String place = table.place(operation);
    return ExtensionFaults.explaining(
        place,
        () ->
            session.transactionResult(
                transaction -> {
                  BulkRows<T> rows = new BulkRows<>(table, place, records);
                  rows.fill();
                  Session.JdbcWork<Long> write =
                      connection -> rows.write(connection, insert, tenant);
                  return rows.areAll()
                      ? transaction.jdbc(write)
                      : transaction.savepointResult(inner -> inner.jdbc(write));
                }));
  }
}
