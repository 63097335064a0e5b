package dev.tenon.examples.quickstart;

import static dev.tenon.examples.quickstart.Schema.HOST;
import static dev.tenon.examples.quickstart.Schema.HOST_ID;
import static dev.tenon.examples.quickstart.Schema.ID;
import static dev.tenon.examples.quickstart.Schema.INCIDENT;
import static dev.tenon.examples.quickstart.Schema.TENANT_ID;

import dev.tenon.core.Database;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.TenantSession;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Name;
import org.jooq.Record2;
import org.jooq.Table;
import org.jooq.impl.DSL;

/** The same by SQL of the intruder's own, where no repository adds a tenant to the condition. */
final class SqlIntrusion {

  private final Attempts attempts;
  private final Attempts jdbc;
  private final TenantSession session;
  private final DSLContext sql;
  private final Fleet own;
  private final UUID them;
  private final UUID theirHost;
  private final Map<String, Condition> knownIds;

  /** The intruder has a session of its own fleet, and knows the ids of the other. */
  SqlIntrusion(
      Report report, TenantSession session, Fleet own, Fleet theirs, Runbook theirRunbook) {
    this.attempts = new Attempts(report, "raw SQL");
    this.jdbc = new Attempts(report, "raw JDBC");
    this.session = session;
    this.sql = session.sql();
    this.own = own;
    this.them = theirs.tenant().value();
    this.theirHost = theirs.host().id();
    this.knownIds =
        new TreeMap<>(
            Map.of(
                "host", ID.eq(theirHost),
                "incident", ID.eq(theirs.incident().id()),
                "sample", HOST_ID.eq(theirHost),
                "runbook", ID.eq(theirRunbook.id()),
                "service_graph", ID.eq(theirs.graphId())));
  }

  /** Returns how many attempts were refused. */
  int run(Database database) {
    reachByIds();
    insertAndLink();
    switchPoliciesOff(database);
    return attempts.refused() + jdbc.refused();
  }

  private void reachByIds() {
    knownIds.forEach(
        (name, condition) -> {
          Table<?> table = DSL.table(DSL.name(name));
          attempts.meetsNoRow(
              "read from " + name,
              () -> sql.select(TENANT_ID).from(table).where(condition).fetch());
          attempts.meetsNoRow(
              "take over from " + name,
              () ->
                  sql.update(table)
                      .set(TENANT_ID, own.tenant().value())
                      .where(condition)
                      .execute());
          attempts.meetsNoRow(
              "delete from " + name, () -> sql.deleteFrom(table).where(condition).execute());
        });
    jdbc.meetsNoRow("read a host", () -> session.jdbc(this::nameOfTheirHost));
    attempts.isDenied(
        "read a chunk of the samples",
        () -> sql.selectCount().from(DSL.table(chunkOfSamples())).fetch());
  }

  private Optional<String> nameOfTheirHost(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select name from host where id = ?")) {
      statement.setObject(1, theirHost);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }

  /** Where PostgreSQL keeps the samples: a chunk is a table, and policies are not inherited. */
  private Name chunkOfSamples() {
    Record2<String, String> chunk =
        Objects.requireNonNull(
            sql.select(
                    DSL.field("n.nspname::text", String.class),
                    DSL.field("c.relname::text", String.class))
                .from("pg_inherits i join pg_class c on c.oid = i.inhrelid")
                .join("pg_namespace n")
                .on("n.oid = c.relnamespace")
                .where("i.inhparent = 'sample'::regclass")
                .limit(1)
                .fetchOne());
    return DSL.name(chunk.value1(), chunk.value2());
  }

  private void insertAndLink() {
    attempts.isDenied(
        "insert a host as theirs",
        () ->
            sql.execute(
                """
                insert into host (tenant_id, id, name, role, cores, version)
                values (?, ?, 'planted', 'x', 1, 1)
                """,
                them,
                UuidV7.next()));
    attempts.isDenied(
        "give them an own incident",
        () ->
            sql.update(INCIDENT).set(TENANT_ID, them).where(ID.eq(own.incident().id())).execute());
    attempts.linksNothing(
        "link an own incident to their host",
        () ->
            sql.update(INCIDENT)
                .set(HOST_ID, theirHost)
                .where(ID.eq(own.incident().id()))
                .execute());
  }

  private void switchPoliciesOff(Database database) {
    attempts.isDenied(
        "read with row security off",
        () -> session.withSetting("row_security", "off").sql().select(ID).from(HOST).fetch());
    attempts.isDenied(
        "switch row security off for good",
        () -> sql.execute("alter table host disable row level security"));
    attempts.isDenied("read without a tenant", () -> database.sql().select(ID).from(HOST).fetch());
  }
}
