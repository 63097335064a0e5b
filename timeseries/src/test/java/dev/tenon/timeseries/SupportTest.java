package dev.tenon.timeseries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Capabilities;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import dev.tenon.timeseries.Samples.Sample;
import dev.tenon.timeseries.Support.Feature;
import dev.tenon.timeseries.Support.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be had on which engine, and which settings go together. */
final class SupportTest {

  private static HypertableBuilder<Sample> definition() {
    return HypertableRepository.of("t", Sample.class).time("time").series("metric");
  }

  private static Capabilities timescale(String version, String license) {
    return new Capabilities(170000, Map.of("timescaledb", version), Optional.of(license));
  }

  private static Level level(HypertableRepository<?> table, Capabilities server, Feature feature) {
    Map<Feature, Level> levels =
        table.support(server).stream().collect(Collectors.toMap(Support::feature, Support::level));
    assertThat(levels).containsOnlyKeys(Feature.values());
    return Optional.ofNullable(levels.get(feature)).orElseThrow();
  }

  @Test
  void the_columnstore_is_had_of_the_community_edition_behind_a_fence() {
    HypertableRepository<Sample> fenced = definition().fenced().columnstore().build();

    assertThat(level(fenced, timescale("2.22.1", "timescale"), Feature.COLUMNSTORE))
        .isEqualTo(Level.NATIVE);
    for (Capabilities without :
        new Capabilities[] {
          timescale("2.22.1", "apache"),
          timescale("2.17.0", "timescale"),
          Samples.OnPartitions.CAPABILITIES
        }) {
      assertThat(level(fenced, without, Feature.COLUMNSTORE)).isEqualTo(Level.REFUSED);
      assertThat(fenced.migrationSql(without))
          .contains("-- The columnstore is left out:")
          .doesNotContain("enable_columnstore");
    }
    assertThat(level(definition().build(), timescale("2.22.1", "timescale"), Feature.COLUMNSTORE))
        .isEqualTo(Level.REFUSED);
  }

  @Test
  void the_columnstore_is_refused_without_a_fence() {
    assertThatThrownBy(() -> definition().columnstore().build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("columnstore(PT168H) is asked for, and fenced() is not")
        .hasMessageContaining("0A000");
  }

  @Test
  void a_retention_is_no_shorter_than_what_is_dropped_or_made_at_once() {
    assertThatThrownBy(() -> definition().retention(Duration.ofDays(6)).build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("shorter than chunkInterval(PT168H)");
    assertThatThrownBy(
            () ->
                definition()
                    .rollups(Rollup.of("months", Bucket.month(Readings.BERLIN)))
                    .retention(Duration.ofDays(30))
                    .build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("shorter than a bucket of rollups(months)");
  }

  @Test
  void lengths_that_no_row_lives_to_see_are_refused() {
    Duration absurd = Duration.ofDays(9_001L * 365);
    assertThatThrownBy(() -> definition().retention(absurd).build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("longer than 9,000 years");
    assertThatThrownBy(() -> definition().fenced().columnstore(absurd).build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("longer than 9,000 years");
  }

  @Test
  void times_are_sent_by_their_type() {
    Field<Instant> time = definition().build().column("time", Instant.class);

    assertThat(DSL.using(SQLDialect.POSTGRES).render(time.ge(Instant.EPOCH)))
        .isEqualTo("\"time\" >= ?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2.23.0", "2.26.4", "2.28.3"})
  void versions_whose_inserts_open_the_chunks_of_all_are_refused(String version) {
    assertThatThrownBy(() -> definition().build().migrationSql(timescale(version, "timescale")))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("install 2.22 or before, or 2.29 or later");
    for (Feature feature : new Feature[] {Feature.CHUNKS, Feature.COLUMNSTORE}) {
      assertThat(level(definition().build(), timescale(version, "timescale"), feature))
          .isEqualTo(Level.REFUSED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"2.19.3", "2.22.1", "2.29.0", "3.0.0-dev", "unknown"})
  void other_versions_are_taken(String version) {
    assertThat(definition().build().migrationSql(timescale(version, "apache")))
        .contains("create_hypertable");
  }

  @ParameterizedTest
  @CsvSource({
    "0.01, 100, 8, PT168H",
    "1000, 100, 8, PT2H",
    "1000, 100, 64, PT24H",
    "200, 100, 8, PT12H",
    "100000, 500, 8, PT15M"
  })
  void a_chunk_that_is_written_stays_in_a_quarter_of_the_memory(
      double rows, int bytes, long gigabytes, Duration interval) {
    assertThat(new IngestLoad(rows, bytes, gigabytes << 30).chunkInterval()).isEqualTo(interval);
  }

  @Test
  void a_load_without_rows_is_refused() {
    for (double rows : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new IngestLoad(rows, 1, 1)).isInstanceOf(UsageException.class);
    }
    assertThatThrownBy(() -> new IngestLoad(1, 0, 1)).isInstanceOf(UsageException.class);
  }
}
