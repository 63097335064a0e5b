package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Repository;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SelectField;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** One host by its key, read in each of the ways that are compared; all share one pool. */
final class HostReads implements AutoCloseable {

  private static final String COLUMNS =
      "select id, name, rack, system, cores, memory, load, seen_at, version from ";
  private static final String WITH_POLICY = COLUMNS + "hosts where tenant_id = ? and id = ?";
  private static final String WITHOUT_POLICY =
      COLUMNS + "hosts_without_policy where tenant_id = ? and id = ?";
  private static final String WITHOUT_TENANT = COLUMNS + "hosts_without_tenant where id = ?";

  private static final Table<Record> HOSTS = DSL.table(DSL.name("hosts"));
  private static final Field<UUID> TENANT_ID = DSL.field(DSL.name("tenant_id"), SQLDataType.UUID);
  private static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  private static final List<SelectField<?>> FIELDS =
      List.of(
          ID,
          DSL.field(DSL.name("name"), SQLDataType.VARCHAR),
          DSL.field(DSL.name("rack"), SQLDataType.VARCHAR),
          DSL.field(DSL.name("system"), SQLDataType.VARCHAR),
          DSL.field(DSL.name("cores"), SQLDataType.INTEGER),
          DSL.field(DSL.name("memory"), SQLDataType.BIGINT),
          DSL.field(DSL.name("load"), SQLDataType.DOUBLE),
          DSL.field(DSL.name("seen_at"), SQLDataType.INSTANT),
          DSL.field(DSL.name("version"), SQLDataType.INTEGER));

  private static final Repository<Host, UUID> OWNED =
      Repository.of(HOSTS, Host.class).id(ID).build();
  private static final Repository<Host, UUID> SHARED =
      Repository.of(DSL.table(DSL.name("hosts_without_tenant")), Host.class)
          .id(ID)
          .shared()
          .build();

  private final Database database;
  private final DataSource pool;
  private final TenantSession session;
  private final TenantSession active;
  private final UUID tenant = UUID.fromString(HostTables.TENANT);

  private HostReads(Database database) {
    this.database = database;
    this.pool = database.unwrap(DataSource.class);
    this.session = TenantDatabase.on(database).as(tenant);
    this.active =
        TenantDatabase.on(database, TenantDatabase.Options.defaults().withOnlyActiveTenants())
            .as(tenant);
  }

  static HostReads open(Coordinates coordinates) {
    return new HostReads(
        Database.open(
            DatabaseConfig.url(coordinates.get("url"))
                .user(coordinates.get("user"))
                .password(coordinates.get("password"))
                .poolSize(4)
                .build()));
  }

  /** The identifiers of the tenant's hosts. */
  List<UUID> identifiers() {
    return session.sql().select(ID).from(HOSTS).orderBy(DSL.md5(ID.cast(String.class))).fetch(ID);
  }

  Optional<Host> repository(UUID id) {
    return OWNED.find(session, id);
  }

  /** The same, after the registry said that the tenant is active. */
  Optional<Host> activeRepository(UUID id) {
    return OWNED.find(active, id);
  }

  Optional<Host> jooq(UUID id) {
    return session
        .sql()
        .select(FIELDS)
        .from(HOSTS)
        .where(TENANT_ID.eq(tenant).and(ID.eq(id)))
        .fetchOptional(HostReads::host);
  }

  /** The same guarantee in the usual way: a transaction whose first statement sets the tenant. */
  Optional<Host> setLocal(UUID id) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      try {
        try (Statement statement = connection.createStatement()) {
          statement.execute("set local app.current_tenant = '" + tenant + "'");
        }
        Optional<Host> host = read(connection, WITH_POLICY, tenant, id);
        connection.commit();
        return host;
      } catch (SQLException error) {
        connection.rollback();
        throw error;
      }
    }
  }

  /**
   * As Hibernate's connection provider for tenants is usually written: the session is told the
   * tenant when it is borrowed, and forgets it before it goes back. Unsafe behind a pooler of
   * transactions.
   */
  Optional<Host> setReset(UUID id) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set app.current_tenant = '" + tenant + "'");
      try {
        connection.setAutoCommit(false);
        Optional<Host> host = read(connection, WITH_POLICY, tenant, id);
        connection.commit();
        return host;
      } finally {
        connection.setAutoCommit(true);
        statement.execute("reset app.current_tenant");
      }
    }
  }

  /** No guarantee: the caller names the tenant in the statement, and may forget to. */
  Optional<Host> jdbc(UUID id) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return read(connection, WITHOUT_POLICY, tenant, id);
    }
  }

  Optional<Host> sharedRepository(UUID id) {
    return SHARED.find(database, id);
  }

  Optional<Host> sharedJdbc(UUID id) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return read(connection, WITHOUT_TENANT, id);
    }
  }

  private static Optional<Host> read(Connection connection, String sql, UUID... key)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < key.length; i++) {
        statement.setObject(i + 1, key[i]);
      }
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(host(row)) : Optional.empty();
      }
    }
  }

  private static Host host(ResultSet row) throws SQLException {
    return new Host(
        row.getObject(1, UUID.class),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getInt(5),
        row.getLong(6),
        row.getDouble(7),
        row.getObject(8, OffsetDateTime.class).toInstant(),
        row.getInt(9));
  }

  private static Host host(Record row) {
    return new Host(
        row.get(0, UUID.class),
        row.get(1, String.class),
        row.get(2, String.class),
        row.get(3, String.class),
        row.get(4, Integer.class),
        row.get(5, Long.class),
        row.get(6, Double.class),
        row.get(7, Instant.class),
        row.get(8, Integer.class));
  }

  @Override
  public void close() {
    database.close();
  }
}
