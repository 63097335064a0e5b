package dev.tenon.core;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a repository writes many rows: all or none, also in a transaction of the caller's, where a
 * savepoint undoes what failed.
 */
final class BulkWrites<T, I> {

  /** Of an upsert that meets one row with two. */
  private static final String MET_TWICE = "21000";

  private static final int COPY_FROM = 10_000;

  private final RowTable<T, I> table;
  private final RowCopy<T> copy;
  private final String insertAll;
  private final String insertAllReturning;
  private final Map<Set<String>, String> upsertAll = new LinkedHashMap<>();
  private final String lockAll;
  private final String updateAll;
  private final String deleteAll;
  private final int[] given;
  private final int[] updated;

  BulkWrites(RowTable<T, I> table) {
    BulkStatements statements = BulkStatements.of(table);
    this.table = table;
    this.copy = new RowCopy<>(table, statements);
    this.insertAll = statements.insertAll();
    this.insertAllReturning = statements.insertAllReturning();
    if (!table.roles().isGenerated(table.roles().id())) {
      this.upsertAll.put(Set.of(), statements.upsertAll(Set.of()));
    }
    table.roles().uniques().forEach(key -> upsertAll.put(key, statements.upsertAll(key)));
    this.lockAll = statements.lockAll();
    this.updateAll = statements.updateAll();
    this.deleteAll = statements.deleteAll();
    this.given = table.roles().given(table.rows());
    this.updated = statements.updated();
  }

  void insertAll(Session session, Collection<? extends T> records) {
    TenantId tenant = table.requireTenant(session, "insertAll");
    List<T> asked = versioned(records, "insertAll", table.isIdentifierGiven());
    RowBatches<T> batches = new RowBatches<>(table, given, asked);
    if (asked.size() >= COPY_FROM && tenant == null && table.rows().isCopyable()) {
      RowTable.atomically(session, transaction -> copyOrInsert(transaction, asked, batches));
    } else if (!asked.isEmpty()) {
      RowBatches.Batch<T> first = batches.next();
      RowTable.atomically(session, transaction -> insert(transaction, tenant, first, batches));
    }
  }

  private boolean copyOrInsert(Transaction transaction, List<T> asked, RowBatches<T> batches) {
    Long written =
        table
            .run(transaction, "insertAll", connection -> copy.insert(connection, asked))
            .orElse(null);
    if (written == null) {
      return insert(transaction, null, batches.next(), batches);
    }
    requireAll("insertAll", written, asked.size());
    return true;
  }

  private boolean insert(
      Transaction transaction,
      @Nullable TenantId tenant,
      RowBatches.Batch<T> first,
      RowBatches<T> more) {
    RowBatches.Batch<T> batch = first;
    while (true) {
      requireAll(
          "insertAll",
          execute(transaction, "insertAll", insertAll, tenant, batch, true),
          batch.size());
      if (!more.hasNext()) {
        return true;
      }
      batch = more.next();
    }
  }

  List<T> insertAllReturning(Session session, Collection<? extends T> records) {
    TenantId tenant = table.requireTenant(session, "insertAllReturning");
    List<T> asked = versioned(records, "insertAllReturning", table.isIdentifierGiven());
    if (asked.isEmpty()) {
      return List.of();
    }
    RowBatches<T> batches = new RowBatches<>(table, given, asked);
    RowBatches.Batch<T> first = batches.next();
    return RowTable.atomically(
        session,
        transaction -> {
          List<T> stored = new ArrayList<>(insertReturning(transaction, tenant, first));
          while (batches.hasNext()) {
            stored.addAll(insertReturning(transaction, tenant, batches.next()));
          }
          return List.copyOf(stored);
        });
  }

  private List<T> insertReturning(
      Transaction transaction, @Nullable TenantId tenant, RowBatches.Batch<T> batch) {
    List<T> stored =
        table.run(
            transaction,
            "insertAllReturning",
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(insertAllReturning)) {
                batch.bind(statement, table.bindTenant(statement, 1, tenant));
                return table.rows().all(statement, batch.size());
              }
            });
    requireAll("insertAllReturning", stored.size(), batch.size());
    return stored;
  }

  void upsertAll(Session session, Collection<? extends T> records, Set<String> key) {
    TenantId tenant = table.requireTenant(session, "upsertAll");
    String sql = upsertAll.get(key);
    if (sql == null) {
      throw table.refusals().unknownKey("upsertAll", key);
    }
    int[] components =
        key.isEmpty()
            ? new int[] {table.id()}
            : key.stream().mapToInt(table.rows()::indexOfName).toArray();
    List<T> sorted =
        sorted(versioned(records, "upsertAll", table.isIdentifierGiven()), "upsertAll", components);
    RowBatches<T> batches = new RowBatches<>(table, given, sorted);
    if (sorted.isEmpty()) {
      return;
    }
    RowBatches.Batch<T> first = batches.next();
    RowTable.atomically(
        session,
        transaction -> {
          RowBatches.Batch<T> batch = first;
          while (true) {
            long written = upsert(transaction, sql, tenant, batch);
            if (written != batch.size()) {
              throw table.refusals().partlyUpserted(written, batch.size(), table.roles());
            }
            if (!batches.hasNext()) {
              return true;
            }
            batch = batches.next();
          }
        });
  }

  /** Only the server knows which values its column takes for one. */
  private long upsert(
      Transaction transaction, String sql, @Nullable TenantId tenant, RowBatches.Batch<T> batch) {
    try {
      return execute(transaction, "upsertAll", sql, tenant, batch, true);
    } catch (UsageException refused) {
      throw refused.sqlState().filter(MET_TWICE::equals).isPresent()
          ? table.refusals().metTwice(refused)
          : refused;
    }
  }

  BulkResult<I> updateAll(Session session, Collection<? extends T> records, OnStale onStale) {
    TenantId tenant = table.requireTenant(session, "updateAll");
    table.require(onStale, "onStale", "updateAll");
    List<T> sorted = sorted(versioned(records, "updateAll", true), "updateAll", table.id());
    RowBatches<T> batches = new RowBatches<>(table, updated, sorted);
    if (sorted.isEmpty()) {
      return new BulkResult<>(0, List.of(), List.of());
    }
    RowBatches.Batch<T> first = batches.next();
    return RowTable.atomically(
        session,
        transaction -> {
          BulkUpdate<T, I> update = new BulkUpdate<>(table, onStale);
          update(transaction, tenant, first, update, batches.hasNext());
          while (batches.hasNext()) {
            RowBatches.Batch<T> batch = batches.next();
            update(transaction, tenant, batch, update, batches.hasNext());
          }
          return update.result();
        });
  }

  private void update(
      Transaction transaction,
      @Nullable TenantId tenant,
      RowBatches.Batch<T> batch,
      BulkUpdate<T, I> update,
      boolean more) {
    List<T> fresh =
        update.fresh(
            batch.records(), lock(transaction, "updateAll", tenant, batch.arrays().get(0)), more);
    if (fresh.isEmpty()) {
      return;
    }
    RowBatches.Batch<T> written =
        fresh.size() == batch.size() ? batch : new RowBatches<>(table, updated, fresh).next();
    requireAll(
        "updateAll",
        execute(transaction, "updateAll", updateAll, tenant, written, false),
        fresh.size());
  }

  long deleteAll(Session session, Collection<? extends I> identifiers) {
    TenantId tenant = table.requireTenant(session, "deleteAll");
    List<I> asked =
        sorted(
            required(identifiers, "identifiers", "deleteAll"),
            "deleteAll",
            identifier -> identifier,
            List.of(identifier -> table.rows().stored(identifier, table.id())));
    IdentifierBatches<I> batches = new IdentifierBatches<>(table, asked);
    if (asked.isEmpty()) {
      return 0;
    }
    String first = batches.next();
    return RowTable.atomically(
        session,
        transaction -> {
          long deleted = delete(transaction, tenant, first);
          while (batches.hasNext()) {
            deleted += delete(transaction, tenant, batches.next());
          }
          return deleted;
        });
  }

  /** A row that was deleted and written anew while this waited is deleted too, unless held. */
  private long delete(Transaction transaction, @Nullable TenantId tenant, String identifiers) {
    int found = lock(transaction, "deleteAll", tenant, identifiers).size();
    long deleted =
        table.change(
            transaction,
            "deleteAll",
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(deleteAll)) {
                statement.setString(1, identifiers);
                table.bindTenant(statement, table.bindTenant(statement, 2, tenant), tenant);
                return statement.executeLargeUpdate();
              }
            });
    if (deleted < found) {
      throw table.refusals().suppressed("deleteAll", deleted, found);
    }
    return deleted;
  }

  /** The versions of the rows that are there, by their places among the identifiers. */
  private Map<Integer, Long> lock(
      Transaction transaction, String operation, @Nullable TenantId tenant, String identifiers) {
    return table.run(
        transaction,
        operation,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(lockAll)) {
            statement.setString(1, identifiers);
            table.bindTenant(statement, 2, tenant);
            Map<Integer, Long> versions = new HashMap<>();
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                long version = row.getLong(2);
                if (row.wasNull() && operation.equals("updateAll")) {
                  throw table.refusals().suppressed(operation);
                }
                versions.put(row.getInt(1) - 1, version);
              }
            }
            return versions;
          }
        });
  }

  private long execute(
      Transaction transaction,
      String operation,
      String sql,
      @Nullable TenantId tenant,
      RowBatches.Batch<T> batch,
      boolean tenantFirst) {
    return table.change(
        transaction,
        operation,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (tenantFirst) {
              batch.bind(statement, table.bindTenant(statement, 1, tenant));
            } else {
              table.bindTenant(statement, batch.bind(statement, 1), tenant);
            }
            return statement.executeLargeUpdate();
          }
        });
  }

  private void requireAll(String operation, long written, long asked) {
    if (written != asked) {
      throw table.refusals().suppressed(operation, written, asked);
    }
  }

  private List<T> versioned(Collection<? extends T> records, String operation, boolean identified) {
    List<T> asked = required(records, "records", operation);
    for (int i = 0; i < asked.size(); i++) {
      if (identified && table.rows().value(asked.get(i), table.id()) == null) {
        throw table.refusals().withoutIdentifier(operation, i);
      }
      table.requireVersion(asked.get(i), operation);
    }
    return asked;
  }

  private <V> List<V> required(Collection<? extends V> values, String name, String operation) {
    table.require(values, name, operation);
    List<V> all = new ArrayList<>(values);
    for (int i = 0; i < all.size(); i++) {
      table.require(all.get(i), "element " + i + " of the " + name, operation);
    }
    return all;
  }

  private List<T> sorted(List<T> records, String operation, int... components) {
    List<Function<T, @Nullable Object>> key = new ArrayList<>();
    for (int component : components) {
      key.add(record -> table.rows().stored(table.rows().value(record, component), component));
    }
    return sorted(records, operation, record -> table.rows().value(record, table.id()), key);
  }

  /**
   * Puts values into the order in which rows are locked, each once. A null in a key conflicts with
   * nothing, as in SQL.
   */
  private <V> List<V> sorted(
      List<V> values,
      String operation,
      Function<V, @Nullable Object> name,
      List<Function<V, @Nullable Object>> key) {
    Comparator<V> order =
        (one, other) -> {
          int result = 0;
          for (int i = 0; result == 0 && i < key.size(); i++) {
            result = KeyOrder.ASCENDING.compare(key.get(i).apply(one), key.get(i).apply(other));
          }
          return result;
        };
    values.sort(order);
    for (int i = 1; i < values.size(); i++) {
      V value = values.get(i);
      if (order.compare(values.get(i - 1), value) == 0
          && key.stream().noneMatch(part -> part.apply(value) == null)) {
        throw table.refusals().duplicate(operation, name.apply(value));
      }
    }
    return values;
  }
}
