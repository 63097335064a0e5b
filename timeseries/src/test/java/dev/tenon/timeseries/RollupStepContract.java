package dev.tenon.timeseries;

import static dev.tenon.timeseries.Readings.HOURLY;
import static dev.tenon.timeseries.Readings.READINGS;
import static dev.tenon.timeseries.RollupContract.assertRefreshed;
import static dev.tenon.timeseries.RollupContract.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How much a step of a refresh does, on every engine. */
abstract class RollupStepContract extends HypertableContract {

  private static final Duration APART = Duration.ofHours(5);

  /** Less than a step takes from the log. */
  private static final int SCATTERED = RollupStep.MOST_TAKEN - 1;

  private static Instant hour(int number) {
    return NOON.plus(APART.multipliedBy(number));
  }

  @Test
  void many_hours_of_few_rows_are_made_in_one_step_however_far_apart(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, IntStream.range(0, SCATTERED).mapToObj(i -> reading(hour(i), i)));
    READINGS.refresh(acme).run();
    acme.sql().execute("update readings set units = units + 1");
    acme.sql().execute("delete from readings_changes");
    acme.sql()
        .execute(
            "insert into readings_changes (rollup, from_time, to_time)"
                + " select 'readings_hourly', hour, hour + interval '1 hour'"
                + " from generate_series(?::timestamptz, ?::timestamptz, interval '5 hours') hour",
            hour(0).toString(),
            hour(SCATTERED - 1).toString());

    RollupRefresh.Step step = READINGS.refresh(acme).step(HOURLY, true);

    assertThat(step.stored()).isEqualTo(SCATTERED);
    assertThat(step.more()).isFalse();
    assertRefreshed(acme);
  }

  @Test
  void a_step_ends_behind_the_chunk_with_which_it_has_read_enough(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Instant later = NOON.plus(Duration.ofDays(70));
    READINGS.append(
        acme,
        Stream.concat(
            IntStream.range(0, RollupStep.MOST_READ)
                .mapToObj(i -> reading(NOON.plusMillis(100L * i), i)),
            Stream.of(reading(later, 1))));
    RollupRefresh refresh = READINGS.refresh(acme);

    assertThat(refresh.step(HOURLY, true)).isEqualTo(new RollupRefresh.Step(true, 3, 0, null));
    assertThat(refresh.step(HOURLY, false)).isEqualTo(new RollupRefresh.Step(false, 1, 0, null));
    assertRefreshed(acme);
  }

  @Test
  void what_is_gone_from_a_long_time_is_removed_in_few_steps(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, IntStream.range(0, SCATTERED).mapToObj(i -> reading(hour(i), i)));
    READINGS.refresh(acme).run();
    acme.sql().execute("delete from readings");

    RollupRefresh.Step step = READINGS.refresh(acme).step(HOURLY, true);

    assertThat(List.of(step.removed(), step.stored())).containsExactly((long) SCATTERED, 0L);
    assertRefreshed(acme);
  }
}
