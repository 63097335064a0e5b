package dev.tenon.timeseries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rows that belong to nobody, on every engine. */
abstract class SharedHypertableContract extends HypertableContract {

  record Weather(Instant time, String station, double temperature) {}

  record Mean(Instant start, String station, double mean) {}

  static final HypertableRepository<Weather> WEATHER =
      HypertableRepository.of("weather", Weather.class)
          .shared()
          .time("time")
          .series("station")
          .chunkInterval(Duration.ofDays(1))
          .retention(Duration.ofDays(30))
          .build();

  static List<Migrations> migrations(Capabilities capabilities) {
    return List.of(
        TenancyMigrations.all(),
        Migrations.named("weather")
            .script(
                "V1__weather.sql",
                WEATHER.migrationSql(capabilities)
                    + TenantTable.shared("public", "weather").sql()));
  }

  private static List<Weather> hours(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Weather(NOON.plus(Duration.ofHours(i)), "s" + i % 3, i / 4.0))
        .toList();
  }

  @Test
  void rows_come_and_are_read_without_a_tenant(Database database) {
    assertThat(WEATHER.append(database, hours(100))).isEqualTo(100);

    assertThat(WEATHER.range(database, ALWAYS)).isEqualTo(hours(100));
    assertThat(WEATHER.last(database)).hasSize(3).contains(hours(100).get(99));
    assertThat(
            WEATHER
                .buckets(database, ALWAYS, Duration.ofDays(1))
                .by(WEATHER.column("station", String.class))
                .avg(WEATHER.column("temperature", Double.class))
                .fetchInto(Mean.class))
        .hasSize(15);
  }

  @Test
  void a_session_of_a_tenant_sees_the_same(Database database, TenantDatabase tenants) {
    WEATHER.append(tenants.as(ACME), hours(10));

    assertThat(WEATHER.range(tenants.as(OTHER), ALWAYS)).isEqualTo(hours(10));
    assertThat(WEATHER.range(database, ALWAYS)).isEqualTo(hours(10));
  }

  @Test
  void a_stream_over_many_chunks_and_buffers_is_stored_whole(Database database) {
    int rows = 60_000;
    Stream<Weather> stream =
        IntStream.range(0, rows)
            .mapToObj(
                i ->
                    new Weather(
                        NOON.plus(Duration.ofMinutes(i % 20_000)), "station " + i / 20_000, i));
    assertThat(WEATHER.append(database, stream)).isEqualTo(rows);

    assertThat(WEATHER.range(database, ALWAYS)).hasSize(rows).doesNotHaveDuplicates();
  }

  @Test
  void a_batch_with_a_row_that_is_there_is_refused_as_a_whole(Database database) {
    WEATHER.append(database, hours(1));
    List<Weather> late = new ArrayList<>();
    IntStream.range(1, 30_000)
        .forEach(i -> late.add(new Weather(NOON.plus(Duration.ofMinutes(i)), "s0", i)));
    late.add(hours(1).get(0));

    assertThatThrownBy(() -> WEATHER.append(database, late))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("same series and time");
    assertThat(WEATHER.range(database, ALWAYS)).isEqualTo(hours(1));
  }

  @Test
  void records_replace_rows_and_add_others(Database database) {
    WEATHER.append(database, hours(2));
    List<Weather> warmer =
        hours(40).stream()
            .map(row -> new Weather(row.time(), row.station(), row.temperature() + 1))
            .toList();

    assertThat(WEATHER.upsert(database, warmer.stream())).isEqualTo(40);
    assertThat(WEATHER.range(database, ALWAYS)).isEqualTo(warmer);
  }

  @Test
  void old_chunks_are_dropped(Database database, TestDatabase made, TenantDatabase tenants) {
    WEATHER.append(database, hours(24 * 40));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      assertThat(
              WEATHER
                  .retention(owner, tenants::as)
                  .run(NOON.plus(Duration.ofDays(40)), () -> false, null)
                  .dropped())
          .hasSizeBetween(9, 11);
    }
    assertThatThrownBy(() -> WEATHER.append(database, hours(1)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("older than the floor");
    assertThat(WEATHER.range(database, ALWAYS)).hasSizeBetween(29 * 24, 32 * 24);
  }

  @Test
  void what_needs_owners_is_refused() {
    HypertableBuilder<Weather> shared =
        HypertableRepository.of("weather", Weather.class).shared().time("time").series("station");

    assertThatThrownBy(
            () -> shared.rollups(Rollup.of("hourly", Bucket.every(Duration.ofHours(1)))).build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("shared() is asked for, and rollups(hourly)");
    assertThatThrownBy(() -> shared.rollups().fenced().build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("both shared() and fenced()");
  }
}
