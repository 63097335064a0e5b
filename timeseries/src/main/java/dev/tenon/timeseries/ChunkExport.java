package dev.tenon.timeseries;

import dev.tenon.core.Transaction;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.postgresql.PGConnection;

/**
 * The rows of a chunk, for a {@link ChunkArchive}; used up when that returns, and by its thread.
 */
public final class ChunkExport {

  private final Transaction transaction;
  private final Hypertable<?> hypertable;
  private final Chunk chunk;

  ChunkExport(Transaction transaction, Hypertable<?> hypertable, Chunk chunk) {
    this.transaction = transaction;
    this.hypertable = hypertable;
    this.chunk = chunk;
  }

  /** Which it is; its name is its own within the database, as long as it is there. */
  public Chunk chunk() {
    return chunk;
  }

  /**
   * Writes all rows as CSV in UTF-8, a line of names first: all columns of the table; by tenant,
   * series and time. Memory is bounded. SQL: {@code copy (select …) to stdout}.
   *
   * @param out is not closed
   * @return how many rows it wrote
   * @throws IOException what writing throws
   */
  public long copyTo(OutputStream out) throws IOException {
    String sql =
        """
        copy (select * from %1$s order by %2$s) to stdout
          with (format csv, header true, encoding 'UTF8')
        """
            .formatted(chunk.quoted(), hypertable.keyList());
    try {
      return Statements.jdbc(
          transaction,
          hypertable,
          "retention",
          connection -> {
            try {
              return connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql, out);
            } catch (IOException failed) {
              throw new UncheckedIOException(failed);
            }
          });
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
  }
}
