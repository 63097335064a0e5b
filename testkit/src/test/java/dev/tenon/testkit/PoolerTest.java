package dev.tenon.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.servers.PgBouncerServer;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Tenants through a transaction pooler whose clients share one server connection. */
@TenonTest(schema = NotesSchema.class)
class PoolerTest {

  private static final UUID ACME = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final UUID BOND = UUID.fromString("0191f6c0-0000-7000-8000-00000000000b");

  @Test
  void a_tenant_does_not_stay_on_the_server_connection(TestDatabase made) {
    try (PgBouncerServer pooler = PgBouncerServer.before(made);
        Database one = connect(pooler, made);
        Database other = connect(pooler, made)) {
      TenantSession acme = TenantDatabase.on(one).as(ACME);
      TenantSession bond = TenantDatabase.on(other).as(BOND);
      for (int turn = 1; turn <= 20; turn++) {
        acme.sql().execute("insert into notes (body) values ('mine')");
        acme.transaction(
            transaction -> {
              transaction.sql().execute("insert into notes (body) values ('mine too')");
            });
        assertThat(backend(one)).isEqualTo(backend(other));
        assertThat(tenantLeftBehind(other)).isIn(null, "");
        assertThat(bond.sql().fetchValue("select count(*) from notes")).isEqualTo(0L);
        assertThat(acme.sql().fetchValue("select count(*) from notes")).isEqualTo(2L * turn);
      }
    }
  }

  private static Object backend(Database database) {
    return database.sql().fetchValue("select pg_backend_pid()");
  }

  private static Object tenantLeftBehind(Database database) {
    return database.sql().fetchValue("select current_setting('app.current_tenant', true)");
  }

  private static Database connect(PgBouncerServer pooler, TestDatabase made) {
    return Database.open(
        DatabaseConfig.url(pooler.url())
            .user(made.application().user())
            .password(made.application().password())
            .poolSize(1)
            .transactionPooler(true)
            .build());
  }
}
