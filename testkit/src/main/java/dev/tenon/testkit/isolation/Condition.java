package dev.tenon.testkit.isolation;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.PgBouncerServer;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** How a connection has come to be, before the attacker has it. */
enum Condition {
  /** Nobody had it. */
  FRESH("a fresh connection"),

  /** The other tenant had it. */
  REUSED("a connection that the other had"),

  /** The other tenant's transaction on it was rolled back. */
  AFTER_ROLLBACK("a connection after the other's rollback"),

  /** A statement of the other tenant failed on it. */
  AFTER_ERROR("a connection after the other's error"),

  /** It is shared with the other tenant, transaction by transaction. */
  POOLED("behind PgBouncer");

  private final String label;

  Condition(String label) {
    this.label = label;
  }

  Reached reach(TestDatabase database, Credentials role) {
    return switch (this) {
      case FRESH -> new Reached(this, Database.using(database.dataSource(role)), null);
      case REUSED, AFTER_ROLLBACK, AFTER_ERROR ->
          new Reached(this, open(database.url(), role, false), null);
      case POOLED -> {
        PgBouncerServer bouncer = PgBouncerServer.before(database);
        yield new Reached(this, open(bouncer.url(), role, true), bouncer);
      }
    };
  }

  private static Database open(String url, Credentials role, boolean pooled) {
    return Database.open(
        DatabaseConfig.url(url)
            .user(role.user())
            .password(role.password())
            .poolSize(1)
            .transactionPooler(pooled)
            .build());
  }

  private void bring(TenantSession other) {
    switch (this) {
      case FRESH -> {}
      case REUSED, POOLED -> run(other, "select tenon.current_tenant()");
      case AFTER_ROLLBACK -> rollBack(other);
      case AFTER_ERROR -> run(other, "select 1 / 0 from (select tenon.current_tenant()) t");
    }
  }

  private static void run(TenantSession other, String sql) {
    other.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            return statement.execute();
          } catch (SQLException expected) {
            return false;
          }
        });
  }

  private static void rollBack(TenantSession other) {
    try {
      other.transaction(
          transaction -> {
            transaction.sql().fetch("select tenon.current_tenant()");
            throw new IllegalStateException("rolled back on purpose");
          });
    } catch (IllegalStateException expected) {
      return;
    }
  }

  /** The condition, with the servers and pools that make it. */
  record Reached(Condition condition, Database database, @Nullable PgBouncerServer bouncer)
      implements AutoCloseable {

    Attacker attacker(TenantId self, TenantId other, Rows rows) {
      TenantDatabase tenants = TenantDatabase.on(database);
      TenantSession others = tenants.as(other);
      return new Attacker(
          tenants.as(self),
          database,
          self,
          other,
          rows,
          condition.label,
          () -> condition.bring(others));
    }

    @Override
    public void close() {
      database.close();
      if (bouncer != null) {
        bouncer.close();
      }
    }
  }
}
