package dev.tenon.core.health;

import dev.tenon.core.Database;
import dev.tenon.core.health.HealthFinding.Check;
import dev.tenon.core.health.HealthFinding.Severity;
import io.github.mfvanek.pg.connection.PgConnection;
import io.github.mfvanek.pg.connection.PgConnectionImpl;
import io.github.mfvanek.pg.connection.exception.PgSqlException;
import io.github.mfvanek.pg.connection.host.PgHost;
import io.github.mfvanek.pg.core.checks.common.DatabaseCheckOnHost;
import io.github.mfvanek.pg.core.checks.host.IndexesWithBloatCheckOnHost;
import io.github.mfvanek.pg.core.checks.host.InvalidIndexesCheckOnHost;
import io.github.mfvanek.pg.core.checks.host.TablesWithBloatCheckOnHost;
import io.github.mfvanek.pg.core.checks.host.TablesWithMissingIndexesCheckOnHost;
import io.github.mfvanek.pg.core.checks.host.UnusedIndexesCheckOnHost;
import io.github.mfvanek.pg.model.bloat.BloatAware;
import io.github.mfvanek.pg.model.context.PgContext;
import io.github.mfvanek.pg.model.dbobject.DbObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import javax.sql.DataSource;

/** Indexes and bloat, as pg-index-health sees them; the one class that names it. */
final class IndexChecks {

  private static final String SCHEMAS =
      """
      select nspname::text
        from pg_catalog.pg_namespace
       where nspname !~ '^(pg_|_timescaledb_|timescaledb_)' and nspname <> 'information_schema'
         and pg_catalog.has_schema_privilege(oid, 'USAGE')
       order by 1
      """;

  /** Tenon's own: its indexes serve rare work and its small tables are read whole, by design. */
  private static final String OWN_SCHEMA = "tenon";

  private final Database database;
  private final DatabaseHealth.Limits limits;
  private final List<String> schemas;

  IndexChecks(Database database, DatabaseHealth.Limits limits, List<String> schemas) {
    this.database = database;
    this.limits = limits;
    this.schemas = schemas;
  }

  List<HealthFinding> invalid() throws UncheckableException {
    return look(
        schemas(),
        InvalidIndexesCheckOnHost::new,
        index ->
            new HealthFinding(
                Check.INVALID_INDEXES,
                Severity.WARNING,
                index.getName(),
                "no query may use it, and every write keeps it up: its making failed",
                "drop index concurrently, and create it again"));
  }

  List<HealthFinding> unused() throws UncheckableException {
    return look(
        schemasOfApplication(),
        UnusedIndexesCheckOnHost::new,
        index ->
            new HealthFinding(
                Check.UNUSED_INDEXES,
                Severity.ADVICE,
                index.getName(),
                "of %d bytes, used %d times"
                    .formatted(index.getIndexSizeInBytes(), index.getIndexScans()),
                "drop it, if the statistics are old enough and no standby uses it"));
  }

  List<HealthFinding> missing() throws UncheckableException {
    return look(
        schemasOfApplication(),
        TablesWithMissingIndexesCheckOnHost::new,
        table ->
            new HealthFinding(
                Check.MISSING_INDEXES,
                Severity.WARNING,
                table.getName(),
                "read from end to end %d times, by an index %d times"
                    .formatted(table.getSeqScans(), table.getIndexScans()),
                "look at the plans of the statements that read it, and index what they ask for"));
  }

  List<HealthFinding> bloat() throws UncheckableException {
    List<HealthFinding> findings = new ArrayList<>();
    findings.addAll(
        look(
            schemas(),
            TablesWithBloatCheckOnHost::new,
            table -> dead(table.getName(), table, "vacuum full, or pg_repack where it is busy")));
    findings.addAll(
        look(
            schemas(),
            IndexesWithBloatCheckOnHost::new,
            index -> dead(index.getName(), index, "reindex index concurrently")));
    return findings;
  }

  private static HealthFinding dead(String name, BloatAware bloated, String fix) {
    return new HealthFinding(
        Check.BLOAT,
        Severity.ADVICE,
        name,
        "%.0f %% of it is dead space, %d bytes"
            .formatted(bloated.getBloatPercentage(), bloated.getBloatSizeInBytes()),
        fix);
  }

  private <T extends DbObject> List<HealthFinding> look(
      List<String> looked,
      Function<PgConnection, DatabaseCheckOnHost<T>> check,
      Function<T, HealthFinding> finding)
      throws UncheckableException {
    try {
      DatabaseCheckOnHost<T> made =
          check.apply(PgConnectionImpl.of(database.unwrap(DataSource.class), new ThisServer()));
      List<HealthFinding> findings = new ArrayList<>();
      for (String schema : looked) {
        made.check(PgContext.of(schema, limits.bloat()))
            .forEach(found -> findings.add(finding.apply(found)));
      }
      return findings;
    } catch (PgSqlException error) {
      throw new UncheckableException(
          String.valueOf(error.getMessage()), "look into the log of the server");
    }
  }

  private List<String> schemas() {
    return schemas.isEmpty() ? database.sql().fetch(SCHEMAS).getValues(0, String.class) : schemas;
  }

  /** Without Tenon's own, unless it was asked for by name. */
  private List<String> schemasOfApplication() {
    return schemas.isEmpty()
        ? schemas().stream().filter(name -> !name.equals(OWN_SCHEMA)).toList()
        : schemas;
  }

  /** The library wants to know which of several servers it asks; here it asks one. */
  private static final class ThisServer implements PgHost {

    @Override
    public String getPgUrl() {
      return "jdbc:postgresql://localhost/";
    }

    @Override
    public String getName() {
      return "localhost";
    }

    @Override
    public int getPort() {
      return 5432;
    }

    @Override
    public boolean canBePrimary() {
      return true;
    }
  }
}
