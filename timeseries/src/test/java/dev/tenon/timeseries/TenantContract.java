package dev.tenon.timeseries;

import static dev.tenon.timeseries.Samples.SAMPLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Capabilities;
import dev.tenon.core.Database;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Samples.Sample;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who may read and write, on every engine. */
abstract class TenantContract extends HypertableContract {

  private static final List<Sample> FORTY_DAYS =
      IntStream.range(0, 40).mapToObj(day -> sample(day * 86_400, "cpu", day)).toList();

  @Test
  void another_tenant_reads_nothing(TenantDatabase tenants) {
    SAMPLES.append(tenants.as(ACME), List.of(sample(0, "cpu", 1)));
    TenantSession other = tenants.as(OTHER);

    assertThat(SAMPLES.range(other, ALWAYS)).isEmpty();
    assertThat(SAMPLES.last(other)).isEmpty();
    assertThat(other.sql().fetchCount(SAMPLES.table())).isZero();
  }

  @Test
  void two_tenants_have_the_same_series_and_instants(TenantDatabase tenants) {
    SAMPLES.append(tenants.as(ACME), List.of(sample(0, "cpu", 1)));
    SAMPLES.append(tenants.as(OTHER), List.of(sample(0, "cpu", 2)));

    assertThat(SAMPLES.last(tenants.as(ACME))).containsExactly(sample(0, "cpu", 1));
    assertThat(SAMPLES.last(tenants.as(OTHER))).containsExactly(sample(0, "cpu", 2));
  }

  @Test
  void a_row_for_another_tenant_is_refused_by_the_database(TenantDatabase tenants) {
    SAMPLES.append(tenants.as(ACME), List.of(sample(0, "cpu", 1)));
    TenantSession other = tenants.as(OTHER);

    assertThatThrownBy(
            () ->
                other
                    .sql()
                    .execute(
                        "insert into samples (tenant_id, time, metric, host, value) values"
                            + " (cast(? as uuid), '2026-11-20 13:00Z', 'cpu', 1, 1)",
                        ACME))
        .isInstanceOf(AccessDeniedException.class);
  }

  @Test
  void rows_are_changed_and_deleted_under_the_policy_alone(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(acme, FORTY_DAYS);
    SAMPLES.append(tenants.as(OTHER), FORTY_DAYS);
    for (String tenant : List.of("", " and tenant_id = tenon.current_tenant()")) {
      for (int i = 0; i < 10; i++) {
        String where = " where time = '" + FORTY_DAYS.get(i).time() + "'" + tenant;
        assertThat(acme.sql().execute("update samples set value = value + 1" + where)).isEqualTo(1);
        assertThat(acme.sql().fetch("delete from samples" + where + " returning value")).hasSize(1);
        SAMPLES.append(acme, FORTY_DAYS.subList(i, i + 1));
      }
    }
    assertThat(acme.sql().deleteFrom(SAMPLES.table()).execute()).isEqualTo(40);
    assertThat(SAMPLES.range(acme, ALWAYS)).isEmpty();
    assertThat(SAMPLES.range(tenants.as(OTHER), ALWAYS)).isEqualTo(FORTY_DAYS);
  }

  @Test
  void a_change_that_names_the_tenant_is_run_or_refused_with_advice(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(acme, FORTY_DAYS);
    SAMPLES.append(tenants.as(OTHER), FORTY_DAYS);
    for (String change : List.of("update samples set value = 0", "delete from samples")) {
      for (UUID named : List.of(OTHER, ACME)) {
        String sql = change + " where tenant_id = '" + named + "'";
        if (namesTenantsInChanges(acme.capabilities())) {
          assertThat(acme.sql().execute(sql)).isEqualTo(named.equals(ACME) ? 40 : 0);
        } else {
          assertThatThrownBy(() -> acme.sql().execute(sql))
              .isInstanceOf(ServerException.class)
              .hasMessageContaining("leave the tenant out of the condition");
        }
      }
    }
    assertThat(SAMPLES.range(acme, ALWAYS))
        .hasSize(namesTenantsInChanges(acme.capabilities()) ? 0 : 40);
    assertThat(SAMPLES.range(tenants.as(OTHER), ALWAYS)).isEqualTo(FORTY_DAYS);
  }

  /** Whether the engine plans a change whose condition names the tenant beside the policy. */
  abstract boolean namesTenantsInChanges(Capabilities server);

  @Test
  void an_append_is_its_own_tenants_whatever_sql_had_set(TenantDatabase tenants) {
    tenants
        .as(ACME)
        .transaction(
            transaction -> {
              transaction
                  .sql()
                  .fetch("select set_config(?, ?, true)", "app.current_tenant", OTHER.toString());
              SAMPLES.append(transaction, List.of(sample(0, "cpu", 1)));
            });
    assertThat(SAMPLES.range(tenants.as(ACME), ALWAYS)).hasSize(1);
    assertThat(SAMPLES.range(tenants.as(OTHER), ALWAYS)).isEmpty();
  }

  @Test
  void a_chunk_cannot_be_read_around_the_policies(
      TenantDatabase tenants, TestDatabase testDatabase) {
    SAMPLES.append(tenants.as(ACME), List.of(sample(0, "cpu", 1)));
    List<String> chunks = chunks(testDatabase);

    assertThat(chunks).hasSize(1);
    assertThatThrownBy(() -> tenants.as(OTHER).sql().fetch("select value from " + chunks.get(0)))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("schema");
  }

  @Test
  void refuses_a_session_without_a_tenant_before_it_reads_a_record(Database database) {
    Iterable<Sample> untouched =
        () -> {
          throw new AssertionError("the records were read");
        };

    assertThatThrownBy(() -> SAMPLES.append(database, untouched))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("without a tenant");
    assertThatThrownBy(() -> SAMPLES.range(database, DAY)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> SAMPLES.last(database)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> SAMPLES.buckets(database, DAY, Duration.ofMinutes(1)))
        .isInstanceOf(UsageException.class);
  }

  @Test
  void a_stage_that_somebody_planted_is_refused(TenantDatabase tenants, TestDatabase made)
      throws SQLException {
    allowTemporaryTables(made);
    TenantSession acme = tenants.as(ACME);
    String source =
        acme.sql()
            .fetchSingle("select prosrc from pg_proc where proname = 'samples_stage'")
            .get(0, String.class);
    Matcher stage = Pattern.compile("tenon_stage_[0-9a-f]+").matcher(source);
    assertThat(stage.find()).isTrue();

    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      transaction
                          .sql()
                          .execute(
                              "create temporary table "
                                  + stage.group()
                                  + " (like samples) on commit drop");
                      SAMPLES.append(transaction, List.of(sample(0, "cpu", 1)));
                    }))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("not the owner's");
  }

  private static void allowTemporaryTables(TestDatabase made) throws SQLException {
    try (Connection superuser = made.dataSource(made.superuser()).getConnection();
        Statement statement = superuser.createStatement()) {
      statement.execute(
          "grant temporary on database \"%s\" to \"%s\""
              .formatted(made.name(), made.application().user()));
    }
  }
}
