package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundTripsTest {

  @ParameterizedTest
  @ValueSource(strings = {"tenancy", "tenancy-0.5ms"})
  void a_statement_of_a_tenant_takes_as_many_as_one_without_tenancy(String group) throws Exception {
    Map<String, Integer> trips = of(group);
    assertThat(trips).containsEntry("tenantRepository", 1).containsEntry("tenantJdbc", 1);
    assertThat(trips).containsEntry("tenantSetLocal", 3).containsEntry("tenantSetReset", 4);
  }

  @Test
  void jooq_and_the_asked_registry_take_none_more() throws Exception {
    assertThat(of("tenancy"))
        .containsEntry("tenantJooq", 1)
        .containsEntry("tenantPlainJooq", 1)
        .containsEntry("activeTenantRepository", 1);
  }

  @Test
  void a_transaction_of_a_tenant_takes_as_many_as_one_without_tenancy() throws Exception {
    assertThat(of("transaction"))
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("repositoryOne", 2),
                Map.entry("jdbcOne", 2),
                Map.entry("setLocalOne", 3),
                Map.entry("setResetOne", 4),
                Map.entry("repositoryThree", 4),
                Map.entry("jdbcThree", 4),
                Map.entry("setLocalThree", 5),
                Map.entry("setResetThree", 6),
                Map.entry("repositoryTen", 11),
                Map.entry("jdbcTen", 11),
                Map.entry("setLocalTen", 12),
                Map.entry("setResetTen", 13)));
  }

  @Test
  void groups_that_do_not_wait_for_postgresql_on_one_thread_are_not_counted() throws Exception {
    assertThat(of("storm")).isEmpty();
  }

  private static Map<String, Integer> of(String name) throws Exception {
    Group group = Benchmarks.named(List.of(name)).get(0).withRows(1_000);
    try (Stage stage = Stage.build(group.stage(), group.rows())) {
      return RoundTrips.of(group, stage.coordinates());
    }
  }
}
