package dev.tenon.timeseries;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.kagkarlsson.scheduler.Scheduler;
import dev.tenon.core.Capabilities;
import dev.tenon.core.Database;
import dev.tenon.core.Job;
import dev.tenon.core.JobRuns;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The snippets about retention and the columnstore of docs/guide/timeseries.md. */
@TenonTest(schema = RetentionGuideTest.Schema.class)
final class RetentionGuideTest {

  record Sample(Instant time, String metric, double value) {}

  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  static final Rollup hourly =
      Rollup.of("samples_hourly", Bucket.every(Duration.ofHours(1))).avg("value");
  static final Rollup daily = hourly.into("samples_daily", Bucket.day(BERLIN));
  static final Rollup monthly = daily.into("samples_monthly", Bucket.month(BERLIN));

  static final HypertableRepository<Sample> samples =
      HypertableRepository.of("samples", Sample.class)
          .time("time")
          .series("metric")
          .rollups(hourly, daily, monthly)
          .retention(Duration.ofDays(90))
          .build();

  @TempDir Path directory;

  static long archived(ChunkExport chunk, Path directory) throws IOException {
    Path kept = directory.resolve(chunk.chunk().name() + ".csv");
    Path partial = directory.resolve(chunk.chunk().name() + ".partial");
    long rows;
    try (OutputStream out = Files.newOutputStream(partial)) {
      rows = chunk.copyTo(out);
    }
    Files.move(partial, kept, StandardCopyOption.ATOMIC_MOVE);
    return rows;
  }

  @Test
  void the_guide_is_true(TenantDatabase tenants, TestDatabase made) throws IOException {
    UUID acmeId = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
    TenantSession acme = tenants.as(acmeId);
    Instant now = Instant.now();
    samples.append(
        acme,
        List.of(
            new Sample(now.minus(Duration.ofDays(200)), "cpu_user", 21.5),
            new Sample(now, "cpu_user", 22.5)));

    try (Database owner = TestSchema.connect(made, made.owner())) {
      Retention retention = samples.retention(owner, tenants::as);
      Retention.Report report = retention.run(chunk -> archived(chunk, directory));
      assertThat(report.dropped()).hasSize(1);
      assertThat(report.floor()).isEqualTo(samples.floor(acme));
      assertThat(directory.resolve(report.dropped().get(0).name() + ".csv"))
          .content()
          .startsWith("tenant_id,time,metric,value\n")
          .contains("cpu_user,21.5");
    }
    assertThat(samples.last(acme)).hasSize(1);
  }

  @Test
  void what_a_scheduler_runs_is_recorded(TestDatabase made) {
    Supplier<Stream<TenantSession>> sessions = Stream::of;
    try (Database owner = TestSchema.connect(made, made.owner())) {
      JobRuns runs = JobRuns.on(owner);
      Job refresh = HypertableJobs.refresh(samples, sessions, Duration.ofMinutes(1)).recorded(runs);
      Scheduler scheduler =
          Scheduler.create(owner.unwrap(DataSource.class)).startTasks(refresh.task()).build();
      assertThat(scheduler.getSchedulerState().isStarted()).isFalse();
      assertThat(runs.latest(20)).isEmpty();
    }
  }

  @Test
  void the_columnstore_is_left_out_where_there_is_none() {
    Capabilities capabilities = Samples.OnPartitions.CAPABILITIES;
    HypertableRepository<Sample> compressed =
        HypertableRepository.of("samples", Sample.class)
            .time("time")
            .series("metric")
            .fenced()
            .columnstore(Duration.ofDays(7))
            .build();

    List<Support> support = samples.support(capabilities);
    assertThat(support)
        .filteredOn(answer -> answer.feature() == Support.Feature.COLUMNSTORE)
        .extracting(Support::level)
        .containsExactly(Support.Level.REFUSED);
    assertThat(compressed.migrationSql(capabilities))
        .contains("-- The columnstore is left out: PostgreSQL keeps tables by rows.")
        .doesNotContain("enable_columnstore");
  }

  /** On PostgreSQL alone. */
  static final class Schema implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          JobRuns.migrations(),
          Migrations.named("telemetry")
              .script("V1__samples.sql", samples.migrationSql(Samples.OnPartitions.CAPABILITIES))
              .script(
                  "V2__samples_policies.sql",
                  samples.tables().stream()
                      .map(table -> TenantTable.rls("public", table).sql())
                      .collect(Collectors.joining())));
    }
  }
}
