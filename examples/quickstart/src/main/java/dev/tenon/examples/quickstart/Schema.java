package dev.tenon.examples.quickstart;

import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.table;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Migrations;
import dev.tenon.core.Repository;
import dev.tenon.core.graph.GraphRepository;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.timeseries.HypertableRepository;
import dev.tenon.vector.VectorRepository;
import dev.tenon.vector.VectorSpace;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;

/** The tables, what makes them, and the repositories over them. */
final class Schema {

  static final Table<Record> HOST = table(name("host"));
  static final Table<Record> INCIDENT = table(name("incident"));
  static final Field<UUID> TENANT_ID = field(name("tenant_id"), SQLDataType.UUID);
  static final Field<UUID> ID = field(name("id"), SQLDataType.UUID);
  static final Field<UUID> HOST_ID = field(name("host_id"), SQLDataType.UUID);
  static final Field<String> NAME = field(name("name"), SQLDataType.VARCHAR);
  static final Field<String> SEVERITY = field(name("severity"), SQLDataType.VARCHAR);
  static final Field<Integer> VERSION = field(name("version"), SQLDataType.INTEGER);

  static final Repository<Host, UUID> HOSTS =
      Repository.of(HOST, Host.class).id(ID).version(VERSION).build();
  static final Repository<Incident, UUID> INCIDENTS =
      Repository.of(INCIDENT, Incident.class).id(ID).version(VERSION).build();

  static final Repository<Runbook.Brief, UUID> RUNBOOK_BRIEFS =
      Repository.of(table(name("runbook")), Runbook.Brief.class).id(ID).build();
  static final VectorRepository<Runbook> RUNBOOKS =
      VectorRepository.of("runbook", Runbook.class, VectorSpace.cosine(Embedder.DIMENSIONS));
  static final HypertableRepository<Sample> SAMPLES =
      HypertableRepository.of("sample", Sample.class)
          .time("time")
          .series("hostId", "metric")
          .chunkInterval(Duration.ofDays(1))
          .build();
  static final GraphRepository GRAPHS = GraphRepository.of("service_graph");

  /** Every table that tenants own rows of. */
  static final List<String> TABLES =
      List.of("host", "incident", "sample", "runbook", "service_graph");

  private static final String SAMPLES_NAME_THEIR_HOST =
      """
      alter table sample add foreign key (tenant_id, host_id) references host (tenant_id, id);
      """;

  private Schema() {}

  /**
   * What makes everything; run as the role that owns the tables.
   *
   * @param server tells whether it has TimescaleDB
   */
  static List<Migrations> migrations(Capabilities server) {
    return List.of(
        TenancyMigrations.all(),
        Migrations.named("quickstart")
            .resource(Schema.class, "V1__fleet.sql")
            .script("V2__runbooks.sql", RUNBOOKS.tableSql() + RUNBOOKS.indexSql())
            .script("V3__graphs.sql", GRAPHS.sql())
            .script("V4__samples.sql", SAMPLES.migrationSql(server) + SAMPLES_NAME_THEIR_HOST)
            .script("V5__policies.sql", policies()));
  }

  private static String policies() {
    return TABLES.stream()
        .map(table -> TenantTable.rls(table).sql())
        .collect(Collectors.joining("\n"));
  }
}
