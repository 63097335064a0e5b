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

  private ServerSources(String kind, List<ServerSource<T>> sources) {
    this.kind = kind;
    this.sources = List.copyOf(sources);
  }

  /**
   * The sources of a test: a server that a variable names, the bundle, Docker.
   *
   * @param external finds the server at the value of the variable
   */
  static <T> ServerSources<T> inOrder(
      String kind,
      String variable,
      Function<String, T> external,
      ServerSource.Opener<T> embedded,
      ServerSource.Opener<T> container) {
    return new ServerSources<>(
        kind,
        List.of(
            new ServerSource<>(variable, () -> external.apply(variable(variable))),
            new ServerSource<>("bundle", embedded),
            new ServerSource<>("Docker", () -> Containers.orMissing(container))));
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
  private static String variable(String name) throws IOException {
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
