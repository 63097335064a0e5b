package dev.tenon.vector;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
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

  /** Where it takes several statements, a savepoint makes them one in a transaction of others. */
  long run(Session session, String operation, Stream<? extends T> records) {
    TenantId tenant = table.requireTenant(session, operation);
    String place = table.place(operation);
    return ExtensionFaults.explaining(
        place,
        () ->
            session.transactionResult(
                transaction -> {
                  BulkRows<T> rows = new BulkRows<>(table, place, records.iterator());
                  rows.fill();
                  Session.JdbcWork<Long> write =
                      connection -> rows.write(connection, insert, tenant);
                  return rows.areAll()
                      ? transaction.jdbc(write)
                      : transaction.savepointResult(inner -> inner.jdbc(write));
                }));
  }
}
