package dev.tenon.examples.benchmarks;

import com.gruelbox.transactionoutbox.Dialect;
import com.gruelbox.transactionoutbox.Persistor;
import com.gruelbox.transactionoutbox.TransactionManager;
import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.outbox.Outbox;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import java.time.Duration;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * A server whose commits are on disk, and the systems that deliver events from it.
 *
 * <p>All publish as the same role, which owns nothing, and so is bound by Tenon's policies, and
 * deliver as the owner.
 */
final class OutboxRace implements AutoCloseable {

  /** How many threads deliver, where they deliver one event at a time. */
  static final int WORKERS = 4;

  /** Before a handler that failed is called again. */
  static final Duration PAUSE = Duration.ofSeconds(1);

  private static final int CONNECTIONS = 24;

  private final PostgresServer server;
  private final TestDatabase made;
  private final Database owner;
  private final Database application;

  /** Who takes part. */
  enum Side {
    BATCH("Tenon, batches") {
      @Override
      EventSystem open(OutboxRace race) {
        return TenonEvents.batch(race.application, race.owner);
      }
    },
    SINGLE("Tenon, one by one") {
      @Override
      EventSystem open(OutboxRace race) {
        return TenonEvents.single(race.application, race.owner);
      }
    },
    BARE("bare batched relay") {
      @Override
      EventSystem open(OutboxRace race) {
        return new BareEvents(source(race.application), source(race.owner));
      }
    },
    GRUELBOX("gruelbox 4.2") {
      @Override
      EventSystem open(OutboxRace race) {
        return new GruelboxEvents(source(race.application));
      }
    },
    DB_SCHEDULER("db-scheduler 16.12") {
      @Override
      EventSystem open(OutboxRace race) {
        return new SchedulerEvents(source(race.application), source(race.owner));
      }
    };

    private final String label;

    Side(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }

    abstract EventSystem open(OutboxRace race);
  }

  OutboxRace() {
    this.server = PostgresServer.start(PostgresOptions.defaults().withDurability());
    this.made = server.database(DatabaseTemplate.empty());
    this.owner = open(made.owner());
    this.application = open(made.application());
    owner.migrate(Outbox.migrations());
    Stream.of(BusinessTable.TABLE, BareEvents.TABLE, SchedulerEvents.TABLE)
        .forEach(owner.sql()::execute);
    Persistor.forDialect(Dialect.POSTGRESQL_9)
        .migrate(TransactionManager.fromDataSource(source(owner)));
  }

  private Database open(Credentials role) {
    return Database.open(
        DatabaseConfig.url(made.url())
            .user(role.user())
            .password(role.password())
            .poolSize(CONNECTIONS)
            .build());
  }

  private static DataSource source(Database database) {
    return database.unwrap(DataSource.class);
  }

  /** For a transaction beside those of the systems. */
  Database owner() {
    return owner;
  }

  /** A system with nothing that waits, on tables without dead rows. */
  EventSystem open(Side side) {
    owner
        .sql()
        .execute(
            """
            truncate business, bare_event, scheduled_tasks, txno_outbox, tenon.outbox_event,
                     tenon.outbox_failure, tenon.outbox_dead_letter, tenon.outbox_inbox
            """);
    return side.open(this);
  }

  @Override
  public void close() {
    application.close();
    owner.close();
    made.close();
    server.close();
  }
}
