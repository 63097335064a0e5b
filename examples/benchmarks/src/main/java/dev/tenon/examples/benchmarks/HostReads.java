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
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.SelectField;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * Hosts by their keys, read in each of the ways that are compared, alone and several in a
 * transaction; all share one pool.
 */
final class HostReads implements AutoCloseable {

  private static final String COLUMNS =
      "select id, name, rack, system, cores, memory, load, seen_at, version from ";
  private static final String WITH_POLICY = COLUMNS + "hosts where tenant_id = ? and id = ?";
  private static final String WITHOUT_POLICY =
      COLUMNS + "hosts_without_policy where tenant_id = ? and id = ?";
  private static final String WITHOUT_TENANT = COLUMNS + "hosts_without_tenant where id = ?";

  private static final Table<Record> HOSTS = DSL.table(DSL.name("hosts"));
  private static final Table<Record> HOSTS_WITHOUT_POLICY =
      DSL.table(DSL.name("hosts_without_policy"));
  private static final int KEYS = 10_000;
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
  private final JdbcUnits units;
  private final DSLContext plainJooq;
  private final List<Key> keys;

  /**
   * A host that is there.
   *
   * @param session its tenant's
   * @param active the same, which asks the registry whether the tenant is active
   */
  record Key(UUID tenant, UUID id, TenantSession session, TenantSession active) {}

  private HostReads(Database database, Condition tenants) {
    this.database = database;
    this.pool = database.unwrap(DataSource.class);
    this.units = new JdbcUnits(pool);
    this.plainJooq = DSL.using(pool, SQLDialect.POSTGRES);
    this.keys = keys(tenants);
  }

  static HostReads open(Coordinates coordinates) {
    Database database =
        Database.open(
            DatabaseConfig.url(coordinates.get("url"))
                .user(coordinates.get("user"))
                .password(coordinates.get("password"))
                .poolSize(4)
                .build());
    return new HostReads(
        database,
        coordinates
            .find("tenant")
            .<Condition>map(tenant -> TENANT_ID.eq(UUID.fromString(tenant)))
            .orElse(DSL.noCondition()));
  }

  /** Some thousands, in no order. */
  private List<Key> keys(Condition tenants) {
    TenantDatabase all = TenantDatabase.on(database);
    TenantDatabase active =
        TenantDatabase.on(database, TenantDatabase.Options.defaults().withOnlyActiveTenants());
    return plainJooq
        .select(TENANT_ID, ID)
        .from(HOSTS_WITHOUT_POLICY)
        .where(tenants)
        .orderBy(DSL.md5(ID.cast(String.class)))
        .limit(KEYS)
        .fetch(
            row ->
                new Key(row.value1(), row.value2(), all.as(row.value1()), active.as(row.value1())));
  }

  List<Key> keys() {
    return keys;
  }

  Optional<Host> repository(Key key) {
    return OWNED.find(key.session(), key.id());
  }

  /** The same, after the registry said that the tenant is active. */
  Optional<Host> activeRepository(Key key) {
    return OWNED.find(key.active(), key.id());
  }

  Optional<Host> jooq(Key key) {
    return jooq(key.session().sql(), HOSTS, key);
  }

  /** No guarantee, and jOOQ as it comes. */
  Optional<Host> plainJooq(Key key) {
    return jooq(plainJooq, HOSTS_WITHOUT_POLICY, key);
  }

  private static Optional<Host> jooq(DSLContext sql, Table<Record> table, Key key) {
    return sql.select(FIELDS)
        .from(table)
        .where(TENANT_ID.eq(key.tenant()).and(ID.eq(key.id())))
        .fetchOptional(HostReads::host);
  }

  /** The same guarantee in the usual way. */
  Optional<Host> setLocal(Key key) throws SQLException {
    return units.setLocal(key.tenant(), connection -> withPolicy(connection, key));
  }

  Optional<Host> setReset(Key key) throws SQLException {
    return units.setReset(key.tenant(), connection -> withPolicy(connection, key));
  }

  /** No guarantee: the caller names the tenant in the statement, and may forget to. */
  Optional<Host> jdbc(Key key) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return withoutPolicy(connection, key);
    }
  }

  /** A statement for each key, all keys of one tenant; so in the next three. */
  List<Host> repositoryTransaction(List<Key> keys) {
    return keys.get(0)
        .session()
        .transactionResult(
            transaction -> {
              List<Host> hosts = new ArrayList<>();
              for (Key key : keys) {
                OWNED.find(transaction, key.id()).ifPresent(hosts::add);
              }
              return hosts;
            });
  }

  List<Host> jdbcTransaction(List<Key> keys) throws SQLException {
    return units.transaction(each(keys, HostReads::withoutPolicy));
  }

  List<Host> setLocalTransaction(List<Key> keys) throws SQLException {
    return units.setLocal(keys.get(0).tenant(), each(keys, HostReads::withPolicy));
  }

  List<Host> setResetTransaction(List<Key> keys) throws SQLException {
    return units.setReset(keys.get(0).tenant(), each(keys, HostReads::withPolicy));
  }

  private interface Read {
    Optional<Host> in(Connection connection, Key key) throws SQLException;
  }

  private static JdbcUnits.Work<List<Host>> each(List<Key> keys, Read read) {
    return connection -> {
      List<Host> hosts = new ArrayList<>();
      for (Key key : keys) {
        read.in(connection, key).ifPresent(hosts::add);
      }
      return hosts;
    };
  }

  private static Optional<Host> withPolicy(Connection connection, Key key) throws SQLException {
    return read(connection, WITH_POLICY, key.tenant(), key.id());
  }

  private static Optional<Host> withoutPolicy(Connection connection, Key key) throws SQLException {
    return read(connection, WITHOUT_POLICY, key.tenant(), key.id());
  }

  Optional<Host> sharedRepository(Key key) {
    return SHARED.find(database, key.id());
  }

  Optional<Host> sharedJdbc(Key key) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return read(connection, WITHOUT_TENANT, key.id());
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
