package dev.tenon.examples.quickstart;

import static dev.tenon.examples.quickstart.Schema.GRAPHS;
import static dev.tenon.examples.quickstart.Schema.HOST;
import static dev.tenon.examples.quickstart.Schema.HOSTS;
import static dev.tenon.examples.quickstart.Schema.HOST_ID;
import static dev.tenon.examples.quickstart.Schema.ID;
import static dev.tenon.examples.quickstart.Schema.INCIDENT;
import static dev.tenon.examples.quickstart.Schema.INCIDENTS;
import static dev.tenon.examples.quickstart.Schema.NAME;
import static dev.tenon.examples.quickstart.Schema.RUNBOOKS;
import static dev.tenon.examples.quickstart.Schema.TENANT_ID;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.core.graph.Edge;
import dev.tenon.core.graph.GraphPatch;
import dev.tenon.tenancy.TenantSession;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Optional;
import java.util.UUID;
import org.jooq.impl.DSL;

/** One tenant, who somehow learned the ids of another's rows, tries to reach them. */
final class Intrusion {

  private static final String REPOSITORY = "repository";
  private static final String RAW_SQL = "raw SQL";
  private static final String JDBC = "raw JDBC";

  private final Attempts attempts;
  private final Database database;
  private final TenantSession session;
  private final Fleet own;
  private final Fleet theirs;
  private final Runbook theirRunbook;

  /**
   * Prepares the attempts.
   *
   * @param session of the intruder
   * @param theirRunbook one of the others' runbooks, with its id and vector
   */
  Intrusion(
      Report report,
      Database database,
      TenantSession session,
      Fleet own,
      Fleet theirs,
      Runbook theirRunbook) {
    this.attempts = new Attempts(report);
    this.database = database;
    this.session = session;
    this.own = own;
    this.theirs = theirs;
    this.theirRunbook = theirRunbook;
  }

  /** How many attempts were refused. */
  int run() {
    rowsThroughRepositories();
    runbooksAndGraphThroughRepositories();
    readThroughSql();
    writeThroughSql();
    escape();
    return attempts.refused();
  }

  private void rowsThroughRepositories() {
    Host host = theirs.host();
    attempts.meetsNoRow(REPOSITORY, "read a host", () -> HOSTS.find(session, host.id()));
    attempts.failsWith(
        NotFoundException.class,
        REPOSITORY,
        "change a host",
        () -> HOSTS.update(session, new Host(host.id(), "taken", "taken", 1, host.version())));
    attempts.meetsNoRow(REPOSITORY, "delete a host", () -> HOSTS.delete(session, host.id()));
    attempts.failsWith(
        UsageException.class,
        REPOSITORY,
        "insert a host without a tenant",
        () -> HOSTS.insert(database, new Host(UuidV7.next(), "stray", "stray", 1, 1)));
    attempts.failsWith(
        InvalidDataException.class,
        "23503",
        REPOSITORY,
        "link an own incident to their host",
        () -> INCIDENTS.insert(session, ownIncidentOn(host.id())));
  }

  private Incident ownIncidentOn(UUID host) {
    return new Incident(UuidV7.next(), host, "planted", "x", "y", own.incident().startedAt(), 1);
  }

  private void runbooksAndGraphThroughRepositories() {
    attempts.meetsNoRow(
        REPOSITORY,
        "find a runbook by its own vector",
        () ->
            RUNBOOKS
                .search(session, theirRunbook.embedding())
                .where(ID.eq(theirRunbook.id()))
                .fetch()
                .hits());
    attempts.meetsNoRow(REPOSITORY, "read the graph", () -> GRAPHS.find(session, theirs.graphId()));
    attempts.failsWith(
        NotFoundException.class,
        REPOSITORY,
        "change an edge of the graph",
        () ->
            GRAPHS.patch(
                session,
                theirs.graphId(),
                1,
                GraphPatch.builder()
                    .changeConfidence(theirs.graph().edges().get(0).id(), 0.01)
                    .build()));
    attempts.failsWith(
        InvalidDataException.class,
        REPOSITORY,
        "link the own graph to a service of theirs",
        () ->
            GRAPHS.patch(
                session,
                own.graphId(),
                1,
                GraphPatch.builder()
                    .addEdge(
                        Edge.of(
                            "planted", own.incident().service(), theirs.incident().service(), 1))
                    .build()));
  }

  private void readThroughSql() {
    UUID them = theirs.tenant().value();
    UUID host = theirs.host().id();
    for (String table : Schema.TABLES) {
      attempts.meetsNoRow(
          RAW_SQL,
          "read the table " + table,
          () ->
              session
                  .sql()
                  .select(TENANT_ID)
                  .from(DSL.table(DSL.name(table)))
                  .where(TENANT_ID.eq(them))
                  .fetch());
    }
    attempts.meetsNoRow(
        RAW_SQL,
        "read a host by its id",
        () -> session.sql().select(NAME).from(HOST).where(ID.eq(host)).fetch());
    attempts.meetsNoRow(
        JDBC,
        "read a host by its id",
        () ->
            session.jdbc(
                connection -> {
                  try (PreparedStatement statement =
                      connection.prepareStatement("select name from host where id = ?")) {
                    statement.setObject(1, host);
                    try (ResultSet row = statement.executeQuery()) {
                      return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
                    }
                  }
                }));
  }

  private void writeThroughSql() {
    UUID them = theirs.tenant().value();
    UUID host = theirs.host().id();
    attempts.meetsNoRow(
        RAW_SQL,
        "change a host",
        () -> session.sql().update(HOST).set(NAME, "taken").where(ID.eq(host)).execute());
    attempts.meetsNoRow(
        RAW_SQL,
        "delete all their incidents",
        () -> session.sql().deleteFrom(INCIDENT).where(TENANT_ID.eq(them)).execute());
    attempts.failsWith(
        AccessDeniedException.class,
        "42501",
        RAW_SQL,
        "insert a host as theirs",
        () ->
            session
                .sql()
                .execute(
                    "insert into host (tenant_id, id, name, role, cores, version)"
                        + " values (?, ?, 'planted', 'x', 1, 1)",
                    them,
                    UuidV7.next()));
    attempts.failsWith(
        AccessDeniedException.class,
        "42501",
        RAW_SQL,
        "give them an own host",
        () ->
            session
                .sql()
                .update(HOST)
                .set(TENANT_ID, them)
                .where(ID.eq(own.host().id()))
                .execute());
    attempts.failsWith(
        InvalidDataException.class,
        "23503",
        RAW_SQL,
        "link an own incident to their host",
        () ->
            session
                .sql()
                .update(INCIDENT)
                .set(HOST_ID, host)
                .where(ID.eq(own.incident().id()))
                .execute());
  }

  private void escape() {
    attempts.failsWith(
        UsageException.class,
        REPOSITORY,
        "take their tenant through a setting",
        () -> session.withSetting(TenantId.SETTING, theirs.tenant().toString()));
    attempts.failsWith(
        AccessDeniedException.class,
        "42501",
        RAW_SQL,
        "read with row security off",
        () -> session.withSetting("row_security", "off").sql().select(ID).from(HOST).fetch());
    attempts.failsWith(
        AccessDeniedException.class,
        "42501",
        RAW_SQL,
        "switch row security off for good",
        () -> session.sql().execute("alter table host disable row level security"));
    attempts.failsWith(
        AccessDeniedException.class,
        "42501",
        RAW_SQL,
        "read without a tenant",
        () -> database.sql().select(ID).from(HOST).fetch());
  }
}
