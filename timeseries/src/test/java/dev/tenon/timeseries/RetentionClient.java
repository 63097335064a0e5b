package dev.tenon.timeseries;

import dev.tenon.core.Database;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.RetentionLoad.Fate;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process that appends, refreshes and drops until it is killed, and prints what became of rows.
 */
final class RetentionClient {

  private static final int ROWS_OF_A_CLIENT = 1_000_000;

  private RetentionClient() {}

  static Process start(TestDatabase made, Path archive, int number) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                RetentionClient.class.getName(),
                made.url(),
                archive.toString(),
                String.valueOf(number * ROWS_OF_A_CLIENT)));
    for (Credentials role : List.of(made.owner(), made.application())) {
      command.add(role.user());
      command.add(role.password());
    }
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  public static void main(String... words) {
    Database owner = RetentionServerTest.open(words[0], new Credentials(words[3], words[4]));
    Database application = RetentionServerTest.open(words[0], new Credentials(words[5], words[6]));
    RetentionLoad load = new RetentionLoad(owner, application, Path.of(words[1]));
    AtomicInteger numbers = new AtomicInteger(Integer.parseInt(words[2]));
    CompletableFuture.allOf(
            Waiting.forEnd(() -> load.append(numbers, RetentionClient::print, () -> false)),
            Waiting.forEnd(() -> load.append(numbers, RetentionClient::print, () -> false)),
            Waiting.forEnd(() -> load.refresh(() -> false)),
            Waiting.forEnd(() -> load.retain(() -> false)))
        .join();
  }

  private static synchronized void print(Fate fate, Instant time) {
    System.out.println(fate + " " + time + " .");
    System.out.flush();
  }
}
