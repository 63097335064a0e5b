package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.TenantId;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HexFormat;
import org.postgresql.PGConnection;

/** One tenant's rows of one table as NDJSON, streamed from the server to a file. */
final class TableExport {

  /**
   * CSV with a quote and a delimiter that cannot occur in JSON, where control characters are
   * escaped: so each row is sent as it is.
   */
  static final String AS_LINES = "(format csv, delimiter e'\\x02', quote e'\\x01')";

  private TableExport() {}

  static Manifest.TableFile run(
      Connection connection, OwnedTable table, TenantId tenant, Path directory, String file)
      throws SQLException, IOException {
    MessageDigest digest = sha256();
    try (OutputStream to =
            new BufferedOutputStream(Files.newOutputStream(directory.resolve(file)));
        CountingLines lines = new CountingLines(new DigestOutputStream(to, digest))) {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyOut("copy (" + table.asJson(tenant) + ") to stdout " + AS_LINES, lines);
      lines.flush();
      return new Manifest.TableFile(
          table.schema(),
          table.name(),
          table.columnNames(),
          file,
          lines.count,
          HexFormat.of().formatHex(digest.digest()));
    }
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  private static final class CountingLines extends FilterOutputStream {

    private long count;

    CountingLines(OutputStream to) {
      super(to);
    }

    @Override
    public void write(int value) throws IOException {
      count += value == '\n' ? 1 : 0;
      out.write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      for (int i = offset; i < offset + length; i++) {
        count += bytes[i] == '\n' ? 1 : 0;
      }
      out.write(bytes, offset, length);
    }
  }
}
