package dev.tenon.timeseries;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static dev.tenon.timeseries.Samples.SAMPLES;
import static dev.tenon.timeseries.Samples.VALUE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Capabilities;
import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.audit.Finding;
import dev.tenon.tenancy.audit.TenancyAudit;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Samples.Sample;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A hypertable behind a fence, on every engine: what row-level security is not there for. */
abstract class FencedHypertableContract extends HypertableContract {

  private static final List<Sample> FORTY_DAYS =
      IntStream.range(0, 40).mapToObj(day -> sample(day * 86_400, "cpu", day)).toList();

  static List<Migrations> migrations(Capabilities capabilities) {
    return List.of(
        TenancyMigrations.all(),
        Migrations.named("samples")
            .script(
                "V1__samples.sql",
                SAMPLES.migrationSql(capabilities)
                    + TenantTable.fence("public", "samples").key("metric", "host", "time").sql()));
  }

  @Test
  void appends_in_bulk_and_reads_its_own(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    assertThat(SAMPLES.append(acme, FORTY_DAYS)).isEqualTo(40);
    SAMPLES.append(tenants.as(OTHER), FORTY_DAYS.subList(0, 3));

    assertThat(SAMPLES.range(acme, ALWAYS)).isEqualTo(FORTY_DAYS);
    assertThat(SAMPLES.range(tenants.as(OTHER), ALWAYS)).isEqualTo(FORTY_DAYS.subList(0, 3));
    assertThat(SAMPLES.last(acme)).containsExactly(FORTY_DAYS.get(39));
  }

  @Test
  void aggregates_its_own(TenantDatabase tenants) {
    SAMPLES.append(tenants.as(ACME), FORTY_DAYS);
    SAMPLES.append(tenants.as(OTHER), FORTY_DAYS);

    record Total(Instant start, long rows, double sum) {}
    assertThat(
            SAMPLES
                .buckets(tenants.as(ACME), ALWAYS, Duration.ofDays(3_650))
                .count()
                .sum(VALUE)
                .fetchInto(Total.class))
        .extracting(Total::rows, Total::sum)
        .containsExactly(tuple(40L, 780.0));
  }

  @Test
  void changes_and_deletes_its_own_even_if_the_tenant_is_named(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(acme, FORTY_DAYS);
    SAMPLES.append(tenants.as(OTHER), FORTY_DAYS);

    assertThat(acme.sql().execute("update samples set value = 0 where host = 1")).isEqualTo(40);
    assertThat(acme.sql().execute("delete from samples where time < '2026-12-01Z'")).isEqualTo(11);
    assertThat(SAMPLES.range(tenants.as(OTHER), ALWAYS)).isEqualTo(FORTY_DAYS);
  }

  @Test
  void refuses_a_row_for_another_tenant(TenantDatabase tenants) {
    SAMPLES.append(tenants.as(OTHER), FORTY_DAYS);
    assertThatThrownBy(
            () ->
                tenants
                    .as(ACME)
                    .sql()
                    .execute(
                        "insert into samples (tenant_id, time, metric, host, value)"
                            + " values (cast(? as uuid), '2026-11-20 13:00Z', 'cpu', 1, 1)",
                        OTHER))
        .isInstanceOf(AccessDeniedException.class);
  }

  @Test
  void emits_functions_that_the_audit_knows(TestDatabase made) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      assertThat(TenancyAudit.of(owner).roles(made.application().user()).findings())
          .filteredOn(finding -> finding.rule() == Finding.Rule.DEFINER_FUNCTION)
          .isNotEmpty()
          .extracting(Finding::severity)
          .containsOnly(Finding.Severity.INFO);
    }
  }

  @Test
  void holds_under_attack(TenantDatabase tenants, TestDatabase made) {
    SAMPLES.append(tenants.as(ACME), FORTY_DAYS.subList(0, 2));
    SAMPLES.append(tenants.as(OTHER), List.of(sample(7, "memory of the other", 9)));

    assertThatIsolation(made).between(ACME, OTHER).holds();
  }
}
