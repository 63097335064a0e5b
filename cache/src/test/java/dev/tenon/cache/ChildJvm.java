package dev.tenon.cache;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Pool;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another process of the test, that may be halted. */
final class ChildJvm {

  private ChildJvm() {}

  /** Runs a {@code main} with the URL of the database and both its roles, then more words. */
  static Process start(Class<?> main, TestDatabase made, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName(),
                made.url()));
    for (Credentials role : List.of(made.owner(), made.application())) {
      command.add(role.user());
      command.add(role.password());
    }
    command.addAll(List.of(more));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  static Database owner(String... words) {
    return open(words[0], words[1], words[2]);
  }

  static Database application(String... words) {
    return open(words[0], words[3], words[4]);
  }

  /** What {@link #start} was given beside the database. */
  static String more(int index, String... words) {
    return words[5 + index];
  }

  private static Database open(String url, String user, String password) {
    return Database.open(
        DatabaseConfig.url(url)
            .user(user)
            .password(password)
            .pool(Pool.of(8).withMinimumIdle(1))
            .build());
  }
}
