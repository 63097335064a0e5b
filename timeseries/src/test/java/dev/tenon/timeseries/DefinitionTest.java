package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.ACME;
import static dev.tenon.timeseries.HypertableContract.ALWAYS;
import static dev.tenon.timeseries.HypertableContract.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a definition says of its table, and what the table does then. */
@TenonTest(schema = DefinitionTest.Schema.class)
final class DefinitionTest {

  record Visit(
      Instant time, String door, double load, float part, @Nullable Instant seen, LocalDate due) {}

  private static final Bucket HOUR = Bucket.every(Duration.ofHours(1));
  private static final Rollup HOURLY =
      Rollup.of("visits_hourly", HOUR).first("seen").last("seen").last("due").sum("load");

  private static final HypertableRepository<Visit> VISITS =
      HypertableRepository.of("visits", Visit.class)
          .time("time")
          .series("door")
          .finite("load", "part")
          .rollups(HOURLY)
          .build();

  /** The table nobody has a policy for. */
  private static final HypertableRepository<Visit> OPEN =
      HypertableRepository.of("open", Visit.class).time("time").series("door").build();

  static final class Schema implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      String policies =
          VISITS.tables().stream()
              .map(table -> TenantTable.rls("public", table).sql())
              .collect(Collectors.joining());
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("visits")
              .script(
                  "V1__visits.sql",
                  VISITS.migrationSql(Samples.OnPartitions.CAPABILITIES)
                      + policies
                      + OPEN.migrationSql(Samples.OnPartitions.CAPABILITIES)));
    }
  }

  private static Visit visit(int minute, double load) {
    Instant time = NOON.plus(Duration.ofMinutes(minute));
    return new Visit(
        time, "north", load, 1, time.minusSeconds(1), LocalDate.of(2026, 11, 20 + minute % 5));
  }

  record Times(
      Instant start, @Nullable Instant first, @Nullable Instant last, @Nullable LocalDate due) {}

  @Test
  void the_first_and_the_last_of_a_bucket_may_be_times(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    VISITS.append(acme, Stream.of(7, 3, 9).map(minute -> visit(minute, minute)));
    Times expected =
        new Times(NOON, visit(3, 0).seen(), visit(9, 0).seen(), LocalDate.of(2026, 11, 24));
    for (Freshness freshness : Freshness.values()) {
      assertThat(times(VISITS.buckets(acme, hour(), HOUR, HOURLY, freshness)))
          .isEqualTo(freshness == Freshness.STRICT ? List.of(expected) : List.of());
    }
    VISITS.refresh(acme).run();
    assertThat(times(VISITS.buckets(acme, hour(), HOUR, HOURLY, Freshness.ROLLUP_ONLY)))
        .containsExactly(expected);
    assertThat(times(VISITS.buckets(acme, hour(), HOUR))).containsExactly(expected);
  }

  private static TimeRange hour() {
    return TimeRange.starting(NOON, Duration.ofHours(1));
  }

  private static List<Times> times(BucketQuery query) {
    return query
        .first(VISITS.column("seen", Instant.class))
        .last(VISITS.column("seen", Instant.class))
        .last(VISITS.column("due", LocalDate.class))
        .fetchInto(Times.class);
  }

  @Test
  void a_value_that_is_not_finite_is_refused_before_io_with_its_record(
      TenantDatabase tenants, QueryLog queries) {
    TenantSession acme = tenants.as(ACME);
    acme.capabilities();
    queries.clear();
    for (double load : new double[] {Double.NaN, Double.POSITIVE_INFINITY, -1 / 0d}) {
      assertThatThrownBy(() -> VISITS.append(acme, List.of(visit(1, 1), visit(2, load))))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("load of record 1")
          .hasMessageContaining("it is " + load + ", and finite(load) refuses it");
    }
    assertThat(queries).hasRoundTrips(0);
  }

  @Test
  void a_value_that_is_not_finite_is_refused_from_sql_too(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    VISITS.append(acme, List.of(visit(1, 1)));
    for (String value : List.of("NaN", "Infinity", "-Infinity")) {
      assertThatThrownBy(
              () -> acme.sql().execute("update visits set part = cast(? as real)", value))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("visits_finite");
    }
    assertThat(VISITS.range(acme, ALWAYS)).containsExactly(visit(1, 1));
  }

  @Test
  void only_floating_numbers_can_be_told_to_be_finite() {
    assertThatThrownBy(() -> HypertableRepository.of("visits", Visit.class).finite("door"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("finite(door) is no double and no float");
  }

  @Test
  void a_table_without_a_policy_shows_and_takes_nothing(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    assertThatThrownBy(() -> OPEN.append(acme, List.of(visit(1, 1))))
        .isInstanceOf(AccessDeniedException.class);
    try (Database superuser = TestSchema.connect(made, made.superuser())) {
      superuser.sql().execute("select open_make_chunks(array[timestamptz '2026-11-20 12:00Z'])");
      superuser
          .sql()
          .execute(
              "insert into open values (gen_random_uuid(), '2026-11-20 12:00Z', 'a', 1, 1, null,"
                  + " now())");
    }
    assertThat(acme.sql().fetchCount(OPEN.table())).isZero();
  }

  record Named(Instant time, String work, long fresh) {}

  @ParameterizedTest
  @CsvSource({"work, other", "other, work", "'a\nb', 'c\nd'", "'\"\"', '$tenon$'", "fresh, kept"})
  void tables_and_rollups_have_any_name(String table, String rollup, TestDatabase made) {
    Rollup first = Rollup.of(rollup, HOUR).sum("fresh");
    HypertableRepository<Named> named =
        HypertableRepository.of(table, Named.class)
            .time("time")
            .series("work")
            .rollups(first, first.into(rollup + 2, Bucket.every(Duration.ofHours(2))))
            .retention(Duration.ofDays(30))
            .build();
    String policies =
        named.tables().stream()
            .map(name -> TenantTable.rls("public", name).sql())
            .collect(Collectors.joining());
    try (Database owner = TestSchema.connect(made, made.owner());
        Database application = TestSchema.connect(made, made.application())) {
      owner.migrate(
          Migrations.named("named")
              .script(
                  "V1__named.sql", named.migrationSql(Samples.OnPartitions.CAPABILITIES) + policies)
              .script("V2__again.sql", named.upgradeSql()));
      TenantSession acme = TenantDatabase.on(application).as(ACME);
      named.append(acme, List.of(new Named(NOON, "a", 1), new Named(NOON.plusSeconds(1), "b", 2)));
      acme.sql().execute("insert into {0} values ({1}, {2}, 'c', 3)", named.table(), ACME, NOON);
      named.refresh(acme).run();
      assertThat(named.refresh(acme).verify(ALWAYS)).allMatch(RollupRefresh.Difference::isNone);
      assertThat(
              named
                  .buckets(acme, hour(), HOUR, first, Freshness.ROLLUP_ONLY)
                  .sum(named.column("fresh", Long.class))
                  .fetchInto(Sum.class))
          .containsExactly(new Sum(NOON, 6L));
    }
  }

  record Sum(Instant start, Long sum) {}

  record Underscored(Instant time, String _door) {}

  @Test
  void a_column_that_begins_with_an_underscore_is_not_rolled_up() {
    HypertableBuilder<Underscored> builder =
        HypertableRepository.of("visits", Underscored.class)
            .time("time")
            .series("_door")
            .rollups(Rollup.of("hourly", HOUR));
    assertThatThrownBy(builder::build)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the column _door begins with an underscore");
  }

  record Throwing(Instant time, String door) {
    @Override
    public String door() {
      throw new StackOverflowError(door);
    }
  }

  @Test
  void a_record_whose_accessor_throws_is_refused_with_its_place(TenantDatabase tenants) {
    HypertableRepository<Throwing> throwing =
        HypertableRepository.of("visits", Throwing.class).time("time").series("door").build();
    assertThatThrownBy(
            () -> throwing.append(tenants.as(ACME), List.of(new Throwing(NOON, "north"))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("door of record 0")
        .hasMessageContaining("its accessor throws java.lang.StackOverflowError")
        .hasCauseInstanceOf(StackOverflowError.class);
  }

  @Test
  void a_condition_on_what_a_rollup_does_not_keep_says_what_it_keeps(TenantDatabase tenants) {
    record Counted(Instant start, long rows) {}
    assertThatThrownBy(
            () ->
                VISITS
                    .buckets(tenants.as(ACME), hour(), HOUR, HOURLY, Freshness.ROLLUP_ONLY)
                    .where(VISITS.column("load", Double.class).gt(1d))
                    .count()
                    .fetchInto(Counted.class))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("names a column that is not kept")
        .hasMessageContaining("put conditions on components of series(…)");
  }
}
