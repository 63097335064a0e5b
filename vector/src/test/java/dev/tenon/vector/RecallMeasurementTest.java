package dev.tenon.vector;

import static dev.tenon.vector.Notes.FEW;
import static dev.tenon.vector.Notes.LANGUAGE;
import static dev.tenon.vector.Notes.MANY;
import static dev.tenon.vector.Notes.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.vector.RecallReport.Point;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Recall, measured on an index that is built badly on purpose. */
@TenonTest(schema = Notes.class)
final class RecallMeasurementTest {

  /** To look at so few rows and sort them would be cheaper, and exact. */
  private static TenantSession byIndex(TenantDatabase tenants, UUID tenant) {
    return tenants.as(tenant).withSetting("enable_sort", "off");
  }

  @Test
  void more_candidates_find_more(TenantDatabase tenants) {
    RecallReport report =
        REPOSITORY.recall(byIndex(tenants, MANY)).sample(60).settings(400, 10, 40).run();
    List<Point> points = report.points();
    assertThat(points).extracting(Point::setting).containsExactly(10, 40, 400);
    assertThat(points.get(0).recall()).isLessThan(0.95);
    assertThat(points.get(2).recall()).isGreaterThan(points.get(0).recall() + 0.04);
    assertThat(report.queries()).isEqualTo(60);
    for (Point point : points) {
      assertThat(point.low()).isLessThan(point.recall());
      assertThat(point.high()).isGreaterThanOrEqualTo(point.recall());
      assertThat(point.median()).isPositive();
      assertThat(point.byIndex()).isTrue();
    }
  }

  @Test
  void a_search_without_the_index_finds_all(TenantDatabase tenants) {
    RecallReport report =
        REPOSITORY
            .recall(tenants.as(MANY).withSetting("enable_indexscan", "off"))
            .sample(80)
            .settings(10)
            .run();
    assertThat(report.points().get(0).byIndex()).isFalse();
    assertThat(report.smallest(0.95)).isEmpty();
    assertThat(report.points().get(0).recall()).isEqualTo(1);
    assertThat(report.points().get(0).low()).isCloseTo(0.954, within(0.001));
    assertThat(report.points().get(0).high()).isEqualTo(1);
  }

  @Test
  void measures_what_a_tenant_of_a_hundredth_of_the_rows_finds(TenantDatabase tenants) {
    RecallReport report = REPOSITORY.recall(byIndex(tenants, FEW)).sample(1_000).settings(40).run();
    assertThat(report.queries()).isEqualTo(Notes.ROWS_OF_FEW);
    assertThat(report.points().get(0).recall()).isGreaterThan(0.5);
  }

  @Test
  void measures_under_a_filter_and_draws_only_what_matches(TenantDatabase tenants) {
    RecallReport report =
        REPOSITORY
            .recall(byIndex(tenants, FEW))
            .where(LANGUAGE.eq("en"))
            .sample(1_000)
            .top(100)
            .settings(40)
            .run();
    assertThat(report.queries()).isEqualTo(Notes.ROWS_OF_FEW / 2);
    assertThat(report.top()).isEqualTo(100);
  }

  @Test
  void the_same_seed_draws_the_same_queries(TenantDatabase tenants) {
    RecallMeasurement<Notes.Note> measurement =
        REPOSITORY.recall(byIndex(tenants, MANY)).sample(20).settings(10);
    double first = measurement.run().points().get(0).recall();
    assertThat(measurement.run().points().get(0).recall()).isEqualTo(first);
    assertThat(
            List.of(1, 2, 3, 4, 5).stream()
                .map(seed -> measurement.seed(seed).run().points().get(0).recall()))
        .anyMatch(recall -> recall != first);
  }

  @Test
  void says_that_there_is_nothing_to_measure(TenantDatabase tenants) {
    assertThatThrownBy(() -> REPOSITORY.recall(tenants.as(UUID.randomUUID())).run())
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("fewer than two rows");
    assertThatThrownBy(() -> REPOSITORY.recall(tenants.as(FEW)).where(LANGUAGE.eq("none")).run())
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  void a_row_is_no_answer_to_itself(TenantDatabase tenants) {
    TenantSession alone = tenants.as(UUID.randomUUID());
    REPOSITORY.upsert(alone, new Notes.Note(1, "en", Embedding.of(Notes.query())));
    assertThatThrownBy(() -> REPOSITORY.recall(alone).run())
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("fewer than two rows");
  }

  @Test
  void settings_that_cannot_be_are_refused_at_the_call(TenantDatabase tenants) {
    RecallMeasurement<Notes.Note> measurement = REPOSITORY.recall(tenants.as(FEW));
    assertThatThrownBy(() -> measurement.sample(0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> measurement.top(0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(measurement::settings).isInstanceOf(UsageException.class);
  }

  @Test
  void the_interval_is_that_of_wilson() {
    ShareInterval half = ShareInterval.of(new double[] {0, 1, 0, 1});
    assertThat(half.mean()).isEqualTo(0.5);
    assertThat(half.low()).isCloseTo(0.15, within(0.001));
    assertThat(half.high()).isCloseTo(0.85, within(0.001));
    ShareInterval all = ShareInterval.of(new double[] {1});
    assertThat(all.low()).isCloseTo(0.206, within(0.001));
    assertThat(all.high()).isEqualTo(1);
  }

  @Test
  void a_setting_that_misses_a_row_is_never_preferred_to_one_that_misses_none() {
    for (int queries = 1; queries <= 200; queries++) {
      double[] perfect = new double[queries];
      Arrays.fill(perfect, 1);
      double[] nearly = perfect.clone();
      nearly[0] = 0.9;
      assertThat(ShareInterval.of(perfect).low()).isGreaterThan(ShareInterval.of(nearly).low());
    }
  }

  @Test
  void the_smallest_setting_is_the_first_whose_interval_reaches_the_target() {
    RecallReport report =
        new RecallReport(
            400, 10, List.of(point(20, 0.96, 0.94), point(40, 0.97, 0.95), point(80, 0.99, 0.98)));
    assertThat(report.smallest(0.95)).map(Point::setting).contains(40);
    assertThat(report.smallest(0.99)).isEmpty();
  }

  @Test
  void a_target_that_so_few_queries_cannot_show_is_refused() {
    for (int queries : new int[] {72, 73}) {
      RecallReport report = new RecallReport(queries, 10, List.of(point(20, 1, 0.96)));
      if (queries == 73) {
        assertThat(report.smallest(0.95)).isPresent();
      } else {
        assertThatThrownBy(() -> report.smallest(0.95))
            .isInstanceOf(UsageException.class)
            .hasMessageContaining("sample(…) of at least 73");
      }
      assertThatThrownBy(() -> report.smallest(1)).isInstanceOf(UsageException.class);
    }
  }

  private static Point point(int setting, double recall, double low) {
    return new Point(setting, recall, low, 1, true, 0, Duration.ofMillis(1));
  }
}
