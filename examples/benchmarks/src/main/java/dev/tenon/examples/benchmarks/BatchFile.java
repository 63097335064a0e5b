package dev.tenon.examples.benchmarks;

import dev.tenon.testkit.servers.TestDatabase;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;

/** One batch in the format of COPY BINARY, and what it takes to copy it in as the superuser. */
final class BatchFile {

  private BatchFile() {}

  /** Puts it on the stage, which removes it. */
  static void export(Stage stage, TestDatabase database, String query)
      throws SQLException, IOException {
    Path batch = Files.createTempFile("tenon-benchmarks-", ".copy");
    stage.onClose(() -> delete(batch));
    try (Connection connection = database.dataSource(database.superuser()).getConnection();
        OutputStream file = Files.newOutputStream(batch)) {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyOut("copy (%s) to stdout (format binary)".formatted(query), file);
    }
    stage.put("superuser.user", database.superuser().user());
    stage.put("superuser.password", database.superuser().password());
    stage.put("psql", database.psql());
    stage.put("batch", batch.toString());
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
