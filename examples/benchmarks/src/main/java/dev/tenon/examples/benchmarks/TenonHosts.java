package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.Page;
import dev.tenon.core.Repository;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.DoubleUnaryOperator;

/** Tenon: a repository of rows that no tenant owns. */
record TenonHosts(Database database) implements PeerHosts<Host> {

  private static final JooqHostTable TABLE = JooqHostTable.HOSTS;
  private static final Repository<Host, UUID> HOSTS =
      Repository.of(TABLE, Host.class).id(TABLE.id).version(TABLE.version).shared().build();
  private static final Page.Request FIRST = Page.Request.of(PAGE).orderBy(TABLE.seenAt.asc());

  @Override
  public Optional<Host> find(UUID id) {
    return HOSTS.find(database, id);
  }

  Page<Host> first() {
    return HOSTS.page(database, FIRST);
  }

  Page<Host> after(String cursor) {
    return HOSTS.page(database, FIRST.after(cursor));
  }

  @Override
  public List<Host> page(Place place) {
    return after(place.cursor()).rows();
  }

  @Override
  public void update(UUID id, DoubleUnaryOperator load) {
    database.transaction(
        transaction -> {
          Host host = HOSTS.get(transaction, id);
          HOSTS.update(transaction, host.withLoad(load.applyAsDouble(host.load())));
        });
  }

  @Override
  public void insert(Host row) {
    database.transaction(transaction -> HOSTS.insert(transaction, row));
  }

  @Override
  public void insertAll(List<Host> rows) {
    HOSTS.insertAll(database, rows);
  }

  @Override
  public Host row(UUID id, Host like) {
    return like.withId(id);
  }

  @Override
  public Host host(Host row) {
    return row;
  }

  @Override
  public void close() {}
}
