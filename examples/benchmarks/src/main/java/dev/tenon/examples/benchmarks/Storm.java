package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.RetryableException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantLimits;
import dev.tenon.tenancy.TenantSession;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** One pool of eight connections, a tenant that storms it with sixteen threads, and another. */
final class Storm implements AutoCloseable {

  private static final int THREADS = 16;
  private static final long BACK_OFF = TimeUnit.MILLISECONDS.toNanos(5);
  private static final UUID STORMING = UUID.fromString(HostTables.TENANT);
  private static final UUID QUIET =
      new UUID(STORMING.getMostSignificantBits(), STORMING.getLeastSignificantBits() + 1);

  private final Database database;
  private final TenantSession quiet;
  private final List<UUID> identifiers;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private volatile boolean over;
  private int next;

  private Storm(Database database, TenantDatabase tenants) {
    this.database = database;
    this.quiet = tenants.as(QUIET);
    this.identifiers =
        quiet
            .sql()
            .select(DSL.field(DSL.name("id"), SQLDataType.UUID))
            .from("hosts")
            .limit(1000)
            .fetch(DSL.field(DSL.name("id"), SQLDataType.UUID));
  }

  /** Nobody storms. */
  static Storm none(Coordinates coordinates) {
    Database database = open(coordinates);
    return new Storm(database, TenantDatabase.on(database));
  }

  /** The storm takes what it gets. */
  static Storm unlimited(Coordinates coordinates) {
    Database database = open(coordinates);
    return new Storm(database, TenantDatabase.on(database)).begin(TenantDatabase.on(database));
  }

  /** Each tenant has one place of the pool's eight. */
  static Storm limited(Coordinates coordinates) {
    Database database = open(coordinates);
    TenantDatabase tenants =
        TenantDatabase.on(
            database,
            TenantDatabase.Options.defaults()
                .withLimits(TenantLimits.concurrent(1).waiting(Duration.ofMillis(100))));
    return new Storm(database, tenants).begin(tenants);
  }

  private static Database open(Coordinates coordinates) {
    return Database.open(
        DatabaseConfig.url(coordinates.get("url"))
            .user(coordinates.get("user"))
            .password(coordinates.get("password"))
            .poolSize(8)
            .build());
  }

  private Storm begin(TenantDatabase tenants) {
    TenantSession storming = tenants.as(STORMING);
    for (int i = 0; i < THREADS; i++) {
      threads.execute(() -> rage(storming));
    }
    return this;
  }

  private void rage(TenantSession storming) {
    while (!over) {
      try {
        storming.sql().fetchValue("select avg(load * length(name)) from hosts");
      } catch (RetryableException refused) {
        LockSupport.parkNanos(BACK_OFF);
      }
    }
  }

  /** A small question of the other tenant. */
  int ask() {
    next = (next + 1) % identifiers.size();
    return quiet
        .sql()
        .fetchCount(DSL.table("hosts"), DSL.condition("id = ?", identifiers.get(next)));
  }

  @Override
  public void close() {
    over = true;
    threads.shutdown();
    try {
      threads.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    database.close();
  }
}
