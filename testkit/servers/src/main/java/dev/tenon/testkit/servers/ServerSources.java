package dev.tenon.testkit.servers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Tries sources in order; prints the choice, or fails with the reason of each. */
final class ServerSources<T> {
  private final String kind;
  private final List<ServerSource<T>> sources;

  ServerSources(String kind, List<ServerSource<T>> sources) {
    this.kind = kind;
    this.sources = List.copyOf(sources);
  }

  T first(Function<T, String> description) {
    List<String> refused = new ArrayList<>();
    List<IOException> causes = new ArrayList<>();
    for (ServerSource<T> source : sources) {
      try {
        T server = source.opener().open();
        say("tenon-testkit: using " + description.apply(server));
        return server;
      } catch (IOException e) {
        refused.add("  " + source.name() + ": " + e.getMessage());
        causes.add(e);
      }
    }
    TestServerException failure =
        new TestServerException(
            "no " + kind + " for the tests; tried\n" + String.join("\n", refused));
    causes.forEach(failure::addSuppressed);
    throw failure;
  }

  /** The value of a variable, or of the system property of the same meaning. */
  static String variable(String name) throws IOException {
    String property = name.toLowerCase(Locale.ROOT).replace('_', '.');
    String value = System.getProperty(property, System.getenv(name));
    if (value == null || value.isBlank()) {
      throw new IOException("not set");
    }
    return value.strip();
  }

  private static void say(String text) {
    System.err.println(text);
  }
}
