package dev.tenon.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.testkit.servers.TestRedis;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

@TenonTest(schema = NotesSchema.class)
class TenonTestTest {

  private static final UUID ACME = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");

  @BeforeEach
  void writes_one_note_before_each_test(TenantDatabase tenants) {
    tenants.as(ACME).sql().execute("insert into notes (body) values ('before')");
  }

  @RepeatedTest(8)
  void finds_only_what_this_test_wrote(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    acme.sql().execute("insert into notes (body) values ('mine')");
    assertThat(acme.sql().fetchValue("select count(*) from notes")).isEqualTo(2L);
  }

  @Test
  void gives_all_parameters_the_same_database(TestDatabase made, Database database) {
    assertThat(database.sql().fetchValue("select current_database()::text")).isEqualTo(made.name());
    assertThat(database.sql().fetchValue("select current_user::text"))
        .isEqualTo(made.application().user());
  }

  @Test
  void gives_each_test_a_redis_database_of_its_own(TestRedis redis) {
    assertThat(redis.uri()).hasScheme("redis");
    try (TestRedis other = TestRedis.create()) {
      assertThat(other.uri()).isNotEqualTo(redis.uri());
    }
  }

  @Test
  void runs_without_background_jobs(Database database) {
    assertThat(
            database
                .sql()
                .fetchValue("select current_setting('timescaledb.max_background_workers', true)"))
        .isIn("0", null, "");
  }

  @Nested
  class Within {

    @Test
    void a_nested_class_gets_the_schema_of_its_outer_class(TenantDatabase tenants) {
      assertThat(tenants.as(ACME).sql().fetchValue("select body from notes")).isEqualTo("before");
    }
  }

  @Test
  void the_same_database_is_made_without_junit() {
    try (TestDatabase made = TestDatabase.create(new NotesSchema().template());
        Database database = TestSchema.connect(made, made.application())) {
      assertThat(
              TenantDatabase.on(database).as(ACME).sql().fetchValue("select count(*) from notes"))
          .isEqualTo(0L);
      assertThat(made.server()).isSameAs(PostgresServer.shared());
    }
  }
}
