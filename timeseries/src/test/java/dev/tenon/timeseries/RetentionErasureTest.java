package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.ACME;
import static dev.tenon.timeseries.HypertableContract.NOON;
import static dev.tenon.timeseries.HypertableContract.OTHER;
import static dev.tenon.timeseries.Readings.DAILY;
import static dev.tenon.timeseries.Readings.READINGS;
import static dev.tenon.timeseries.RollupContract.days;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.TenantId;
import dev.tenon.tenancy.AdminDatabase;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.lifecycle.TenantErasure;
import dev.tenon.tenancy.lifecycle.TenantRegistry;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Readings.OnPartitions.class)
final class RetentionErasureTest {

  private static final Instant LATER = NOON.plus(Duration.ofDays(70));

  private static Credentials administrator(TestDatabase made) {
    Credentials role = made.createRole("admin", "BYPASSRLS");
    try (Database superuser = TestSchema.connect(made, made.superuser())) {
      for (String right :
          new String[] {
            "usage on schema tenon, public",
            "all on all tables in schema tenon",
            "all on all tables in schema public",
            "execute on all functions in schema tenon"
          }) {
        superuser.sql().execute("grant " + right + " to \"" + role.user() + "\"");
      }
    }
    return role;
  }

  @Test
  void a_tenant_is_erased_between_two_runs(TestDatabase made) {
    try (Database owner = TestSchema.connect(made, made.owner());
        Database application = TestSchema.connect(made, made.application());
        Database administrator = TestSchema.connect(made, administrator(made))) {
      AdminDatabase admin = AdminDatabase.on(administrator);
      TenantRegistry registry = TenantRegistry.on(admin);
      registry.create(TenantId.of(ACME), "Acme");
      registry.create(TenantId.of(OTHER), "Other");
      TenantDatabase tenants =
          TenantDatabase.on(application, TenantDatabase.Options.defaults().withOnlyActiveTenants());
      READINGS.append(tenants.as(ACME), days(70));
      READINGS.append(tenants.as(OTHER), days(70));
      Retention retention = READINGS.retention(owner, tenants::as);
      assertThatThrownBy(
              () ->
                  retention.run(
                      LATER,
                      () -> false,
                      chunk -> {
                        throw new IOException("full");
                      }))
          .isInstanceOf(IOException.class);

      TenantErasure.on(admin).erase(TenantId.of(ACME));

      assertThat(retention.run(LATER, () -> false, null).dropped()).isNotEmpty();
      assertThat(
              RollupContract.from(tenants.as(OTHER), DAILY, Freshness.STRICT).stream()
                  .mapToLong(Readings.State::rows)
                  .sum())
          .isEqualTo(560);
    }
  }
}
