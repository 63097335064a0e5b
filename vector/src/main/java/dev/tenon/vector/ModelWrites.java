package dev.tenon.vector;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Rows with two embeddings, written and filled. */
record ModelWrites<O, N>(
    VectorTable<O> from, VectorTable<N> to, ModelChangeSql sql, BulkLoad<O> bulk) {

  ModelWrites(VectorTable<O> from, VectorTable<N> to, ModelChangeSql sql) {
    this(from, to, sql, new BulkLoad<>(from, to));
  }

  /**
   * Rows that lack the new embedding.
   *
   * @param versions of the rows, which change with what they hold
   * @param lastId null where there are none
   */
  record Batch<O>(List<O> records, List<String> versions, @Nullable String lastId) {}

  void upsert(Session session, O record, N embedded) {
    TenantId tenant = from.requireTenant(session, "ModelChange.upsert");
    String where = from.place("ModelChange.upsert");
    Object before = from.check(record, where);
    Object after = to.check(embedded, where);
    int written =
        run(
            ModelChangeSql.bothWritten(session),
            "upsert",
            connection -> {
              String upsert = UpsertSql.ofOne(from, to);
              try (PreparedStatement statement = connection.prepareStatement(upsert)) {
                statement.setObject(1, tenant.value());
                from.columns().bind(statement, 2, record, before);
                statement.setObject(from.columns().size() + 2, after);
                return statement.executeUpdate();
              }
            });
    from.requireOne(written, where);
  }

  /** All of them are known before the first is written, so they are in the order of their ids. */
  long upsertAll(Session session, Iterator<BulkRow<O>> rows) {
    return run(session, "upsertAll", bulk.sorted(rows).iterator());
  }

  long load(Session session, Iterator<BulkRow<O>> rows) {
    return run(session, "load", rows);
  }

  private long run(Session session, String operation, Iterator<BulkRow<O>> rows) {
    return new ModelChangeFaults(from, to)
        .explaining(
            operation,
            () -> bulk.run(ModelChangeSql.bothWritten(session), "ModelChange." + operation, rows));
  }

  private <R> R run(Session session, String operation, Session.JdbcWork<R> work) {
    return new ModelChangeFaults(from, to)
        .explaining(
            operation,
            () -> ExtensionFaults.run(session, from.place("ModelChange." + operation), work));
  }

  long left(Session session) {
    TenantId tenant = from.requireTenant(session, "ModelChange.left");
    return run(
        session,
        "left",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql.left())) {
            statement.setObject(1, tenant.value());
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return row.getLong(1);
            }
          }
        });
  }

  /** The id of any row that lacks the new embedding, empty where there is none. */
  Optional<String> anyLacking(Session session) {
    TenantId tenant = from.requireTenant(session, "ModelChange.backfill");
    return run(
        session,
        "backfill",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql.anyLacking())) {
            statement.setObject(1, tenant.value());
            statement.setObject(2, tenant.value());
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
            }
          }
        });
  }

  /**
   * @param behind the id behind which they begin, null for the first
   */
  Batch<O> lacking(Session session, @Nullable String behind, int rows) {
    TenantId tenant = from.requireTenant(session, "ModelChange.backfill");
    return run(
        session,
        "backfill",
        connection -> {
          String lacking = sql.lacking(behind != null, rows);
          try (PreparedStatement statement = connection.prepareStatement(lacking)) {
            statement.setObject(1, tenant.value());
            if (behind != null) {
              statement.setString(2, behind);
            }
            List<O> records = new ArrayList<>();
            List<String> versions = new ArrayList<>();
            String last = null;
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                O record = from.columns().read(row);
                records.add(record);
                versions.add(row.getString(from.columns().size() + 1));
                last = from.columns().text(record, from.id());
              }
            }
            return new Batch<>(records, versions, last);
          }
        });
  }

  /** How many rows were filled: those that are as they were read. */
  long fill(Session session, Batch<O> batch, List<N> embedded) {
    TenantId tenant = from.requireTenant(session, "ModelChange.backfill");
    String where = from.place("ModelChange.backfill");
    List<String> ids = new ArrayList<>();
    List<String> vectors = new ArrayList<>();
    for (int i = 0; i < embedded.size(); i++) {
      Object vector = to.check(embedded.get(i), BulkLoad.position(where, i));
      vectors.add(EmbeddingBytes.text(vector));
      ids.add(String.valueOf(to.columns().value(embedded.get(i), to.id())));
    }
    return run(
        session,
        "backfill",
        connection -> {
          Array id = connection.createArrayOf("text", ids.toArray());
          Array version = connection.createArrayOf("text", batch.versions().toArray());
          Array vector = connection.createArrayOf("text", vectors.toArray());
          try (PreparedStatement statement = connection.prepareStatement(sql.fill())) {
            statement.setArray(1, id);
            statement.setArray(2, version);
            statement.setArray(3, vector);
            statement.setObject(4, tenant.value());
            return (long) statement.executeUpdate();
          }
        });
  }
}
