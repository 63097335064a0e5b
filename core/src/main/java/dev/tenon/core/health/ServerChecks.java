package dev.tenon.core.health;

import dev.tenon.core.Database;
import dev.tenon.core.health.HealthFinding.Check;
import dev.tenon.core.health.HealthFinding.Severity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jooq.Record;
import org.jooq.Result;

/** What the server's own views tell. */
final class ServerChecks {

  /** Pages asked for, below which a ratio says nothing. */
  private static final long FEW_PAGES = 10_000;

  private final Database database;
  private final DatabaseHealth.Limits limits;

  ServerChecks(Database database, DatabaseHealth.Limits limits) {
    this.database = database;
    this.limits = limits;
  }

  List<HealthFinding> connections() {
    Record row =
        single(
            """
            select current_setting('max_connections')::int
                     - current_setting('superuser_reserved_connections')::int as most,
                   count(*)::int as used
              from pg_catalog.pg_stat_activity
             where backend_type = 'client backend'
            """);
    int most = integer(row, "most");
    int used = integer(row, "used");
    double free = (most - used) / (double) most;
    if (free >= limits.freeConnections()) {
      return List.of();
    }
    return List.of(
        new HealthFinding(
            Check.CONNECTIONS,
            used >= most ? Severity.CRITICAL : Severity.WARNING,
            "the server",
            used + " of its " + most + " connections are open",
            "make the pools of its clients smaller, put a pooler between, or raise"
                + " max_connections"));
  }

  List<HealthFinding> transactions() throws UncheckableException {
    requireStatistics();
    Result<Record> open =
        rows(
            """
            select 'session ' || pid || ' of ' || coalesce(usename::text, '?') as subject,
                   extract(epoch from now() - xact_start)::float8 as seconds,
                   state, application_name
              from pg_catalog.pg_stat_activity
             where datname = current_database() and backend_type = 'client backend'
               and xact_start < now() - make_interval(secs => ?)
             union all
            select 'prepared transaction ' || gid,
                   extract(epoch from now() - prepared)::float8, 'prepared', ''
              from pg_catalog.pg_prepared_xacts
             where database = current_database()
               and prepared < now() - make_interval(secs => ?)
             order by 2 desc
            """,
            seconds(limits.transaction()),
            seconds(limits.transaction()));
    return open.map(
        row ->
            new HealthFinding(
                Check.TRANSACTIONS,
                Severity.WARNING,
                text(row, "subject"),
                "a transaction is open for %.0f s, %s%s; no dead row younger than it can be removed"
                    .formatted(
                        number(row, "seconds"),
                        text(row, "state"),
                        text(row, "application_name").isEmpty()
                            ? ""
                            : ", by " + text(row, "application_name")),
                "end it (pg_terminate_backend, rollback prepared), and give it a timeout"));
  }

  List<HealthFinding> replication() throws UncheckableException {
    if (single("select pg_is_in_recovery() as standby").get("standby", Boolean.class)) {
      return standby();
    }
    requireStatistics();
    List<HealthFinding> findings = new ArrayList<>(standbys());
    findings.addAll(slots());
    return findings;
  }

  private List<HealthFinding> standbys() {
    return rows(
            """
            select application_name || ' at ' || coalesce(client_addr::text, 'a local socket')
                     as subject,
                   extract(epoch from replay_lag)::float8 as seconds
              from pg_catalog.pg_stat_replication
             where replay_lag > make_interval(secs => ?)
            """,
            seconds(limits.replicationLag()))
        .map(row -> behind("standby " + text(row, "subject"), number(row, "seconds")));
  }

  /** A standby that is told nothing cannot say how far it is behind. */
  private List<HealthFinding> standby() {
    Record row =
        single(
            """
            select exists (select from pg_catalog.pg_stat_wal_receiver where status = 'streaming')
                     or not pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')
                     as streaming,
                   case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0.0
                        else extract(epoch from now() - pg_last_xact_replay_timestamp())
                   end::float8 as seconds
            """);
    if (!row.get("streaming", Boolean.class)) {
      return List.of(
          new HealthFinding(
              Check.REPLICATION,
              Severity.CRITICAL,
              "this standby",
              "nothing streams from its primary",
              "look at the network to the primary, at primary_conninfo and at its slot"));
    }
    Double seconds = row.get("seconds", Double.class);
    return seconds == null || seconds <= seconds(limits.replicationLag())
        ? List.of()
        : List.of(behind("this standby", seconds));
  }

  private static HealthFinding behind(String subject, double seconds) {
    return new HealthFinding(
        Check.REPLICATION,
        Severity.WARNING,
        subject,
        "%.1f s behind its primary".formatted(seconds),
        "look for long queries on it, and at its network and disks");
  }

  private List<HealthFinding> slots() {
    return rows(
            """
            select slot_name::text as subject, active,
                   pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint as bytes
              from pg_catalog.pg_replication_slots
             where pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) > ?
            """,
            limits.retainedWal())
        .map(
            row ->
                new HealthFinding(
                    Check.REPLICATION,
                    Severity.WARNING,
                    "slot " + text(row, "subject"),
                    "keeps %d MiB of WAL, %s"
                        .formatted(
                            row.get("bytes", Long.class) >> 20,
                            row.get("active", Boolean.class) ? "in use" : "used by nobody"),
                    "start its consumer or drop it: pg_drop_replication_slot; the disk fills up"));
  }

  List<HealthFinding> wraparound() {
    Record row =
        single(
            """
            select pg_catalog.age(datfrozenxid) as age,
                   current_setting('autovacuum_freeze_max_age')::int as most
              from pg_catalog.pg_database
             where datname = current_database()
            """);
    int age = integer(row, "age");
    // Autovacuum sets in at the setting; at twice of it something keeps it from its work.
    if (age < 2L * integer(row, "most")) {
      return List.of();
    }
    return List.of(
        new HealthFinding(
            Check.WRAPAROUND,
            age > 1_500_000_000 ? Severity.CRITICAL : Severity.WARNING,
            "this database",
            age + " transactions since its rows were last frozen; at 2.1 billion it stops writing",
            "end what holds old rows (transactions, slots), then vacuum freeze"));
  }

  OptionalDouble cacheHitRatio() {
    Record row =
        single(
            """
            select blks_hit as hit, blks_hit + blks_read as asked
              from pg_catalog.pg_stat_database
             where datname = current_database()
            """);
    long asked = row.get("asked", Long.class);
    return asked < FEW_PAGES
        ? OptionalDouble.empty()
        : OptionalDouble.of(row.get("hit", Long.class) / (double) asked);
  }

  List<HealthFinding> cache(OptionalDouble ratio) {
    if (ratio.isEmpty() || ratio.getAsDouble() >= limits.cacheHitRatio()) {
      return List.of();
    }
    return List.of(
        new HealthFinding(
            Check.CACHE,
            Severity.ADVICE,
            "this database",
            "%.3f of its pages came from memory".formatted(ratio.getAsDouble()),
            "look for statements that read much, or give the server more shared_buffers"));
  }

  private void requireStatistics() throws UncheckableException {
    if (!single("select pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') as may")
        .get("may", Boolean.class)) {
      throw new UncheckableException(
          "the role sees its own sessions only", "grant pg_read_all_stats to it");
    }
  }

  private Record single(String sql) {
    return Objects.requireNonNull(database.sql().fetchOne(sql), sql);
  }

  private Result<Record> rows(String sql, Object... values) {
    return database.sql().fetch(sql, values);
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }

  private static int integer(Record row, String column) {
    return row.get(column, Integer.class);
  }

  private static double number(Record row, String column) {
    return row.get(column, Double.class);
  }

  private static String text(Record row, String column) {
    return String.valueOf(row.get(column, String.class));
  }
}
