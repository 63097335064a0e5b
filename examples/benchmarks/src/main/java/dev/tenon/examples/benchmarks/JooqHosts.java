package dev.tenon.examples.benchmarks;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.DoubleUnaryOperator;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;

/** jOOQ: updatable records with optimistic locking. */
final class JooqHosts implements PeerHosts<JooqHostTable.Row> {

  private static final JooqHostTable HOSTS = JooqHostTable.HOSTS;

  private final DSLContext sql;

  JooqHosts(DataSource pool) {
    sql =
        DSL.using(
            pool,
            SQLDialect.POSTGRES,
            new Settings().withExecuteWithOptimisticLocking(true).withExecuteLogging(false));
  }

  @Override
  public Optional<JooqHostTable.Row> find(UUID id) {
    return sql.fetchOptional(HOSTS, HOSTS.id.eq(id));
  }

  @Override
  public List<JooqHostTable.Row> page(Place place) {
    return sql.selectFrom(HOSTS)
        .orderBy(HOSTS.seenAt, HOSTS.id)
        .seek(place.seenAt(), place.id())
        .limit(PAGE)
        .fetch();
  }

  @Override
  public void update(UUID id, DoubleUnaryOperator load) {
    sql.transaction(
        transaction -> {
          JooqHostTable.Row row = transaction.dsl().fetchSingle(HOSTS, HOSTS.id.eq(id));
          row.set(HOSTS.load, load.applyAsDouble(row.get(HOSTS.load)));
          row.update();
        });
  }

  @Override
  public void insert(JooqHostTable.Row row) {
    sql.transaction(
        transaction -> {
          row.attach(transaction);
          row.insert();
        });
  }

  @Override
  public void insertAll(List<JooqHostTable.Row> rows) {
    sql.transaction(transaction -> transaction.dsl().batchInsert(rows).execute());
  }

  @Override
  public JooqHostTable.Row row(UUID id, Host like) {
    JooqHostTable.Row row = new JooqHostTable.Row();
    row.set(HOSTS.id, id);
    row.set(HOSTS.name, like.name());
    row.set(HOSTS.rack, like.rack());
    row.set(HOSTS.system, like.system());
    row.set(HOSTS.cores, like.cores());
    row.set(HOSTS.memory, like.memory());
    row.set(HOSTS.load, like.load());
    row.set(HOSTS.seenAt, like.seenAt());
    return row;
  }

  @Override
  public Host host(JooqHostTable.Row row) {
    return new Host(
        row.get(HOSTS.id),
        row.get(HOSTS.name),
        row.get(HOSTS.rack),
        row.get(HOSTS.system),
        row.get(HOSTS.cores),
        row.get(HOSTS.memory),
        row.get(HOSTS.load),
        row.get(HOSTS.seenAt),
        row.get(HOSTS.version));
  }

  @Override
  public void close() {}
}
