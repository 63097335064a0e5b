package dev.tenon.timeseries;

/**
 * Keeps the rows of chunks elsewhere before retention drops them.
 *
 * @param <X> what it throws; it reaches who runs the retention, and the chunk stays
 */
@FunctionalInterface
public interface ChunkArchive<X extends Exception> {

  /**
   * Keeps all rows of a chunk, durably when it returns.
   *
   * <p>No row of the chunk is written any more. A run that ends before the chunk is dropped leaves
   * it to the next, which hands it over again: what was kept of a chunk of this name is replaced.
   *
   * @return how many rows are kept; the chunk is dropped only if it has as many
   */
  long archive(ChunkExport chunk) throws X;
}
