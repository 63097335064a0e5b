package dev.tenon.timeseries;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.RetentionLoad.Fate;
import dev.tenon.timeseries.RetentionLoad.Heard;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server is killed, or the client, while rows come and chunks are archived and dropped. */
@Timeout(900)
final class RetentionServerTest {

  private static final int KILLS = RetentionLoad.KILLS;

  private final Heard heard = new Heard();

  @TempDir Path archive;

  private static TestSchema schema(boolean timescale) {
    return timescale ? new Readings.OnTimescale() : new Readings.OnPartitions();
  }

  static Database open(String url, Credentials role) {
    return Database.open(
        DatabaseConfig.url(url).user(role.user()).password(role.password()).build());
  }

  private int acknowledged() {
    return heard.acknowledged().size();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothing_acknowledged_is_lost_or_counted_twice_by_a_killed_server(boolean timescale)
      throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (PostgresServer server = PostgresServer.start(PostgresOptions.defaults().withDurability());
        TestDatabase made = server.database(schema(timescale).template());
        Database application = open(server.jdbcUrl(made.name()), made.application());
        Database owner = open(server.jdbcUrl(made.name()), made.owner())) {
      RetentionLoad load = new RetentionLoad(owner, application, archive);
      AtomicInteger numbers = new AtomicInteger();
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        all.add(Waiting.forEnd(() -> load.append(numbers, heard, stop::get)));
      }
      all.add(Waiting.forEnd(() -> load.refresh(stop::get)));
      all.add(Waiting.forEnd(() -> load.retain(stop::get)));
      for (int kill = 0; kill < KILLS; kill++) {
        int rows = acknowledged();
        int chunks = load.dropped();
        Waiting.until(() -> acknowledged() > rows + 100 && load.dropped() > chunks);
        server.restart();
      }
      int chunks = load.dropped();
      Waiting.until(() -> load.dropped() > chunks);
      stop.set(true);
      for (CompletableFuture<Void> future : all) {
        future.get(90, TimeUnit.SECONDS);
      }
      load.verify(heard);
    }
    print("server");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothing_acknowledged_is_lost_or_counted_twice_by_a_killed_client(boolean timescale)
      throws Exception {
    try (TestDatabase made = TestDatabase.create(schema(timescale).template());
        Database application = open(made.url(), made.application());
        Database owner = open(made.url(), made.owner())) {
      for (int kill = 0; kill < KILLS; kill++) {
        runUntilKilled(made, kill);
      }
      new RetentionLoad(owner, application, archive).verify(heard);
    }
    print("client");
  }

  private void runUntilKilled(TestDatabase made, int number) throws Exception {
    Process client = RetentionClient.start(made, archive, number);
    CompletableFuture<Void> listening = Waiting.forEnd(() -> listen(client));
    try {
      int rows = acknowledged();
      Waiting.until(() -> acknowledged() > rows + 300);
    } finally {
      client.toHandle().destroyForcibly();
      client.onExit().join();
    }
    listening.get(30, TimeUnit.SECONDS);
  }

  /** A last line that is cut says nothing. */
  private void listen(Process client) {
    try (BufferedReader lines = client.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", -1);
        if (words.length == 3 && words[2].equals(".")) {
          heard.heard(Fate.valueOf(words[0]), Instant.parse(words[1]));
        }
      }
    } catch (IOException closed) {
      throw new UncheckedIOException(closed);
    }
  }

  private void print(String killed) {
    int refused = heard.refused().size();
    System.out.printf(
        "retention: %s killed %d times, %d acknowledged, 0 lost, %d unknown, %d late ones refused%n",
        killed, KILLS, acknowledged(), heard.sent().size() - acknowledged() - refused, refused);
  }
}
