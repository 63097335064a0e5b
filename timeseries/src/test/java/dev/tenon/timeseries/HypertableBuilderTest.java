package dev.tenon.timeseries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Capabilities;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import dev.tenon.timeseries.Samples.Sample;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class HypertableBuilderTest {

  record WithTenant(Instant time, UUID tenantId) {}

  record WithList(Instant time, List<String> names) {}

  record Twice(Instant time, int aB, int a_b) {}

  record Zoned(OffsetDateTime time) {}

  record Vague(@Nullable Instant time, @Nullable String metric) {}

  @Test
  void writes_the_script_of_a_hypertable() {
    assertThat(Samples.SAMPLES.migrationSql(Samples.OnTimescale.CAPABILITIES))
        .startsWith(
            """
            -- Hypertable "public"."samples": chunks of PT24H, aligned to 2000-01-03 UTC or to the server's own origin.
            -- The chunks lie in a schema that applications may not use: rights on the table reach its
            -- chunks, its policies do not.
            create schema if not exists "public_chunks";

            create table "public"."samples" (
              "tenant_id" uuid not null,
              "time" timestamp with time zone not null,
              "metric" text not null,
              "host" integer not null,
              "value" double precision not null,
              "note" text,
              primary key ("tenant_id", "metric", "host", "time")
            );

            select create_hypertable(
              relation => '"public"."samples"'::regclass,
              time_column_name => 'time'::name,
              chunk_time_interval => interval '86400 seconds',
              associated_schema_name => 'public_chunks'::name,
              create_default_indexes => false
            );
            """)
        .doesNotContainIgnoringCase("tsdb.hypertable");
  }

  @Test
  void writes_the_script_of_a_partitioned_table_without_a_default_partition() {
    assertThat(Samples.SAMPLES.migrationSql(Samples.OnPartitions.CAPABILITIES))
        .contains("partition by range (\"time\");")
        .contains("security definer set search_path = pg_catalog, pg_temp")
        .doesNotContainIgnoringCase("default");
  }

  @Test
  void refuses_a_server_that_can_hold_no_hypertable() {
    Capabilities old = new Capabilities(130_018, Map.of(), Optional.empty());

    assertThatThrownBy(() -> Samples.SAMPLES.migrationSql(old))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("timescaledb")
        .hasMessageContaining("PostgreSQL 14");
  }

  @Test
  void refuses_what_is_not_a_record() {
    refused(() -> HypertableRepository.of("t", String.class), "not a record");
  }

  @Test
  void refuses_a_component_type_that_cannot_be_stored() {
    refused(() -> HypertableRepository.of("t", WithList.class), "names");
  }

  @Test
  void refuses_two_components_of_one_column() {
    refused(() -> HypertableRepository.of("t", Twice.class), "same column");
  }

  @Test
  void refuses_a_component_for_the_tenant() {
    refused(
        () -> HypertableRepository.of("t", WithTenant.class).time("time").series().build(),
        "tenant_id");
  }

  @Test
  void refuses_a_time_that_is_not_an_instant() {
    refused(() -> HypertableRepository.of("t", Zoned.class).time("time"), "Instant");
    refused(() -> HypertableRepository.of("t", Vague.class).time("time"), "may be null");
  }

  @Test
  void refuses_a_series_that_may_be_null_or_is_the_time() {
    refused(() -> HypertableRepository.of("t", Vague.class).series("metric"), "may be null");
    refused(
        () -> HypertableRepository.of("t", Sample.class).time("time").series("time").build(),
        "part of the series");
    refused(() -> HypertableRepository.of("t", Sample.class).series("metric", "metric"), "twice");
  }

  @Test
  void refuses_a_component_that_does_not_exist() {
    refused(() -> HypertableRepository.of("t", Sample.class).time("moment"), "moment");
    refused(() -> Samples.SAMPLES.column("value", String.class), "String");
  }

  @Test
  void refuses_a_definition_without_time_or_series() {
    refused(() -> HypertableRepository.of("t", Sample.class).series("metric").build(), "missing");
    refused(() -> HypertableRepository.of("t", Sample.class).time("time").build(), "missing");
  }

  @Test
  void refuses_names_that_would_be_cut_or_end_early() {
    refused(() -> HypertableRepository.of("ü".repeat(24), Sample.class), "46 bytes");
    refused(() -> HypertableRepository.of("", Sample.class), "46 bytes");
    refused(() -> HypertableRepository.of("a\0b", Sample.class), "zero");
    refused(() -> HypertableRepository.of("t", Sample.class).schema(""), "schema");
    refused(() -> HypertableRepository.of("t", Sample.class).tenant(""), "tenant");
  }

  @Test
  void refuses_a_chunk_interval_out_of_range() {
    HypertableBuilder<Sample> builder = HypertableRepository.of("t", Sample.class);

    for (Duration interval :
        List.of(
            Duration.ZERO,
            Duration.ofDays(-1),
            Duration.ofSeconds(59),
            Duration.ofMillis(90_500),
            Duration.ofDays(4_000),
            Duration.ofSeconds(Long.MAX_VALUE))) {
      refused(() -> builder.chunkInterval(interval), "chunk interval");
    }
  }

  private static void refused(ThrowingCallable definition, String message) {
    assertThatThrownBy(definition).isInstanceOf(UsageException.class).hasMessageContaining(message);
  }
}
