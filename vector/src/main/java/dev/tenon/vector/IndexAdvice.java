package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;

/**
 * What an index of so many rows takes, estimated from how pgvector 0.8 lays it out.
 *
 * @param bytes of the index itself, once it is built; that of a search should stay in the server's
 *     cache
 * @param buildMemory in bytes, {@code maintenance_work_mem} for the fast way to build; what does
 *     not fit is added row by row
 */
public record IndexAdvice(long bytes, long buildMemory) {

  private static final int PAGE = 8_192;

  /** Behind the header and the index's own part of a page. */
  private static final int USABLE = PAGE - 24 - 8;

  /** A tuple's place in the page's directory. */
  private static final int POINTER = 4;

  /** Of an element of the graph on its page, before the vector. */
  private static final int ELEMENT = 72;

  /** Of an element of the graph in memory, with its lock. */
  private static final int ELEMENT_IN_MEMORY = 136;

  private static final int NEIGHBOR = 6;
  private static final int NEIGHBOR_IN_MEMORY = 16;
  private static final long MEGABYTE = 1L << 20;

  /** No table of PostgreSQL has more, in its 32 TB. */
  private static final long MOST_ROWS = 1_000_000_000_000L;

  /** The server's memory for a build of this advice, as {@link VectorIndexBuild#withMemory}. */
  public String memorySetting() {
    return Math.max(1, (buildMemory + MEGABYTE - 1) / MEGABYTE) + "MB";
  }

  static IndexAdvice of(IndexDefinition definition, long rows) {
    definition.requireIndexable();
    if (rows < 0 || rows > MOST_ROWS) {
      throw new UsageException(
          Problem.what("advice was asked for an index of " + rows + " rows")
              .where(definition.table().place("indexAdvice"))
              .why("a table has 0 to " + MOST_ROWS + " rows")
              .fix("pass how many rows the table has, or will have"));
    }
    long vector = vectorBytes(definition);
    return definition.index() instanceof HnswIndex hnsw
        ? ofGraph(rows, vector, hnsw.m())
        : ofLists(rows, vector, ((IvfflatIndex) definition.index()).lists());
  }

  /** On a page each element is beside its neighbors; of m elements one is in the layer above. */
  private static IndexAdvice ofGraph(long rows, long vector, int m) {
    double neighbors = 2.0 * m + (double) m / (m - 1);
    long element = aligned(ELEMENT + vector) + POINTER;
    long listed = aligned(POINTER + Math.round(neighbors * NEIGHBOR)) + POINTER;
    long inMemory =
        ELEMENT_IN_MEMORY + aligned(vector) + 16 + Math.round(neighbors * NEIGHBOR_IN_MEMORY) + 8;
    return new IndexAdvice(pages(rows, element + listed) * PAGE, rows * inMemory);
  }

  /**
   * A list begins a page. The build holds a sample of the rows for k-means, 50 for each list and at
   * least 10,000; and for each of these its distance to each list.
   */
  private static IndexAdvice ofLists(long rows, long vector, int lists) {
    long sampled = Math.max(50L * lists, 10_000);
    long centres = lists * (3 * aligned(vector) + 16L) + (long) lists * lists * Float.BYTES;
    return new IndexAdvice(
        (pages(rows, aligned(8 + vector) + POINTER) + lists) * PAGE,
        sampled * (aligned(vector) + 8 + (long) lists * Float.BYTES) + centres);
  }

  private static long pages(long rows, long tuple) {
    long onPage = Math.max(1, USABLE / tuple);
    return (rows + onPage - 1) / onPage;
  }

  private static long aligned(long bytes) {
    return (bytes + 7) / 8 * 8;
  }

  private static long vectorBytes(IndexDefinition definition) {
    VectorSpace space = definition.table().space();
    Element held =
        switch (definition.quantization()) {
          case NONE -> space.element();
          case HALF -> Element.HALF;
          case BINARY -> Element.BIT;
        };
    return held.bytes(space.dimensions());
  }
}
