package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.ebean.EbeanHost;
import io.ebean.Database;
import io.ebean.Transaction;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.DoubleUnaryOperator;
import javax.sql.DataSource;

/** Ebean, with an entity that was enhanced when it was compiled. */
final class EbeanHosts implements PeerHosts<EbeanHost> {

  private static final int BATCH = 1_000;

  private final Database ebean;

  EbeanHosts(DataSource pool) {
    ebean =
        Database.builder()
            .name("shared-hosts")
            .register(false)
            .defaultDatabase(false)
            .disableClasspathSearch(true)
            .addClass(EbeanHost.class)
            .dataSource(pool)
            .build();
  }

  @Override
  public Optional<EbeanHost> find(UUID id) {
    return Optional.ofNullable(ebean.find(EbeanHost.class, id));
  }

  @Override
  public List<EbeanHost> page(Place place) {
    return ebean
        .find(EbeanHost.class)
        .where()
        .raw("(seen_at, id) > (?, ?)", place.seenAt(), place.id())
        .orderBy("seenAt, id")
        .setMaxRows(PAGE)
        .findList();
  }

  @Override
  public void update(UUID id, DoubleUnaryOperator load) {
    try (Transaction transaction = ebean.beginTransaction()) {
      EbeanHost host = ebean.find(EbeanHost.class).setId(id).findOneOrEmpty().orElseThrow();
      host.setLoad(load.applyAsDouble(host.load()));
      ebean.update(host);
      transaction.commit();
    }
  }

  @Override
  public void insert(EbeanHost row) {
    try (Transaction transaction = ebean.beginTransaction()) {
      ebean.insert(row);
      transaction.commit();
    }
  }

  @Override
  public void insertAll(List<EbeanHost> rows) {
    try (Transaction transaction = ebean.beginTransaction()) {
      transaction.setBatchMode(true);
      transaction.setBatchSize(BATCH);
      transaction.setGetGeneratedKeys(false);
      ebean.insertAll(rows);
      transaction.commit();
    }
  }

  @Override
  public EbeanHost row(UUID id, Host like) {
    return new EbeanHost(
        id,
        like.name(),
        like.rack(),
        like.system(),
        like.cores(),
        like.memory(),
        like.load(),
        like.seenAt());
  }

  @Override
  public Host host(EbeanHost row) {
    return new Host(
        row.id(),
        row.name(),
        row.rack(),
        row.system(),
        row.cores(),
        row.memory(),
        row.load(),
        row.seenAt(),
        row.version());
  }

  /** Without the pool, which is not its own. */
  @Override
  public void close() {
    ebean.shutdown(false, false);
  }
}
