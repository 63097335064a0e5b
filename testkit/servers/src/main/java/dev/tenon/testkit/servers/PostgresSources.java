package dev.tenon.testkit.servers;

import dev.tenon.testkit.servers.internal.bundle.Bundle;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The sources of a PostgreSQL server, in their order. */
final class PostgresSources {
  private static final String URL_VARIABLE = "TENON_TEST_JDBC_URL";

  private PostgresSources() {}

  static PostgresBackend firstThatWorks() {
    return new ServerSources<PostgresBackend>(
            "PostgreSQL",
            List.of(
                new ServerSource<>(URL_VARIABLE, PostgresSources::external),
                new ServerSource<>("bundle", () -> embedded(PostgresOptions.defaults())),
                new ServerSource<>(
                    "Docker", () -> Containers.orMissing(Containers.Postgres::start))))
        .first(PostgresBackend::description);
  }

  static PostgresBackend embedded(PostgresOptions options) throws IOException {
    Optional<String> objection = Bundle.objection();
    if (objection.isPresent()) {
      throw new IOException(objection.get());
    }
    return EmbeddedPostgres.start(options);
  }

  private static PostgresBackend external() throws IOException {
    return ExternalPostgres.parse(ServerSources.variable(URL_VARIABLE));
  }
}
