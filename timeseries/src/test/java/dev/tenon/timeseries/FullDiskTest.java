package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.ACME;
import static dev.tenon.timeseries.HypertableContract.NOON;
import static dev.tenon.timeseries.Readings.READINGS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Operations;
import dev.tenon.core.ServerException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Readings.Reading;
import dev.tenon.timeseries.SampleWriter.DeadLetter;
import dev.tenon.timeseries.SampleWriter.Options;
import dev.tenon.timeseries.SampleWriter.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Rows and rollups on a file system of a few megabytes, which needs the right to mount one. */
@EnabledIf(value = "canMount", disabledReason = "not proved here: no file system may be mounted")
@Timeout(120)
final class FullDiskTest {

  private static final int ROWS = 150_000;

  @TempDir static Path directory;

  private final ConcurrentLinkedQueue<DeadLetter<Reading>> letters = new ConcurrentLinkedQueue<>();

  static boolean canMount() throws IOException, InterruptedException {
    Path probe = Files.createTempDirectory("tenon-mount");
    try {
      if (!run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", probe.toString())) {
        return false;
      }
      return run("umount", probe.toString());
    } finally {
      Files.delete(probe);
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException missing) {
      return false;
    }
  }

  private static Reading row(int i) {
    return new Reading(NOON.plusMillis(i), "m", 1, i, null);
  }

  @Test
  void nothing_is_lost_or_half_written_while_the_disk_is_full() throws Exception {
    // The server runs as another user than root.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path small = Files.createDirectory(directory.resolve("small"));
    assertThat(run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", small.toString())).isTrue();
    Path data = directory.resolve("data");
    try (PostgresServer server =
            PostgresServer.start(PostgresOptions.defaults().withDirectory(data));
        TestDatabase made = server.database(new Readings.OnPartitions().template());
        Database owner = RetentionServerTest.open(server.jdbcUrl(made.name()), made.owner())) {
      Files.setOwner(small, Files.getOwner(data));
      moveTo(small, server, made, owner);
      try (Database application =
          RetentionServerTest.open(server.jdbcUrl(made.name()), made.application())) {
        prove(TenantDatabase.on(application).as(ACME), small);
      }
    } finally {
      assertThat(run("umount", small.toString())).isTrue();
    }
  }

  /** The log of transactions stays where it was: a server that cannot write it stops. */
  private static void moveTo(Path small, PostgresServer server, TestDatabase made, Database owner) {
    owner.migrate(Operations.migrations());
    try (Database superuser =
        RetentionServerTest.open(server.jdbcUrl(made.name()), server.superuser())) {
      superuser.sql().execute("create tablespace small location '%s'".formatted(small));
      superuser.sql().execute("grant create on tablespace small to public");
      superuser
          .sql()
          .execute("alter database {0} set default_tablespace = small", DSL.name(made.name()));
    }
    owner.sql().execute("alter table readings_hourly set tablespace small");
  }

  private void prove(TenantSession acme, Path small) throws Exception {
    SampleWriter<Reading> writer =
        READINGS.writer(
            acme,
            Options.defaults()
                .withBatch(5_000)
                .withCapacity(20_000)
                .withLongestPause(Duration.ofMillis(100)),
            letters::add);
    int appended = 0;
    boolean isFull = false;
    while (!isFull) {
      if (writer.offer(row(appended), Duration.ofSeconds(2)).isPresent()) {
        appended++;
        assertThat(appended).as("the disk was never full").isLessThan(ROWS);
      } else {
        // Where the machine is slow, the writer may be full before the disk is.
        isFull = writer.metrics().retries() > 0;
      }
    }
    long stored = writer.metrics().stored();
    assertThat(writer.metrics().retries()).isPositive();
    assertThat(rows(acme)).isEqualTo(stored);

    List<Reading> late = IntStream.range(0, 20_000).mapToObj(i -> row(ROWS + i)).toList();
    assertThatThrownBy(() -> READINGS.append(acme, late))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("No space left on device")
        .extracting(error -> ((ServerException) error).sqlState().orElseThrow())
        .isEqualTo("53100");
    assertThat(rows(acme)).isEqualTo(stored);
    RollupContract.assertExact(acme, Freshness.STRICT);

    assertThat(run("mount", "-o", "remount,size=64m", small.toString())).isTrue();
    Report<Reading> report = writer.close(Duration.ofSeconds(60));
    assertThat(report.stored()).isEqualTo(appended);
    assertThat(letters).isEmpty();
    assertThat(rows(acme)).isEqualTo(appended);
    RollupContract.assertRefreshed(acme);
  }

  private static long rows(TenantSession acme) {
    return acme.sql().fetchCount(READINGS.table());
  }
}
