package dev.tenon.core;

import dev.tenon.core.internal.Admission;
import dev.tenon.core.internal.Engine;
import dev.tenon.core.internal.TenantRules;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A migrated database for each test, opened as its superuser.
 *
 * <p>Core stands below the testkit, so its own tests cannot use {@code @TenonTest}.
 */
public final class FreshDatabase implements BeforeEachCallback, AfterEachCallback {

  private final DatabaseTemplate template;
  private @Nullable TestDatabase testDatabase;
  private @Nullable Database database;

  private FreshDatabase(DatabaseTemplate template) {
    this.template = template;
  }

  /** A database that these migrations filled. */
  public static FreshDatabase with(Migrations... migrations) {
    String fingerprint =
        Arrays.stream(migrations).map(Migrations::fingerprint).collect(Collectors.joining());
    return new FreshDatabase(
        DatabaseTemplate.of(
            "core",
            fingerprint,
            made -> {
              try (Database owner = Database.open(config(made).build())) {
                owner.migrate(migrations);
              }
            }));
  }

  /** The database, as the superuser. */
  public Database get() {
    return Objects.requireNonNull(database, "only within a test");
  }

  /** A session of this tenant. */
  Session session(TenantId tenant) {
    return session(get(), tenant);
  }

  static Session session(Database opened, TenantId tenant) {
    return opened
        .unwrap(Engine.class)
        .session(new TenantRules(tenant, false, Optional.empty(), Admission.FREE));
  }

  public DatabaseConfig.Builder config() {
    return config(made());
  }

  /** The database behind a network that can fail. */
  Database through(FaultProxy network, int poolSize) {
    return Database.open(
        DatabaseConfig.url(network.reroute(url()))
            .user(user())
            .password(password())
            .poolSize(poolSize)
            .build());
  }

  PostgresServer server() {
    return made().server();
  }

  public String url() {
    return made().url();
  }

  String user() {
    return made().superuser().user();
  }

  String password() {
    return made().superuser().password();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    testDatabase = TestDatabase.create(template);
    database = Database.open(config().poolSize(8).build());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    get().close();
    made().close();
  }

  private TestDatabase made() {
    return Objects.requireNonNull(testDatabase, "only within a test");
  }

  private static DatabaseConfig.Builder config(TestDatabase made) {
    return DatabaseConfig.url(made.url())
        .user(made.superuser().user())
        .password(made.superuser().password());
  }
}
