package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;

/**
 * A graph in layers: the better recall at the same speed, slow to build.
 *
 * @param m the connections of a node per layer, 2 to 100; more is better recall and a larger index
 * @param efConstruction the candidates kept while building, 4 to 1000 and at least twice {@code m};
 *     more is better recall and a slower build
 * @param quantization what it holds of a vector, of single precision
 */
public record HnswIndex(int m, int efConstruction, Quantization quantization)
    implements VectorIndex {

  /** pgvector's own: m 16, ef_construction 64, the vectors themselves. */
  public static final HnswIndex DEFAULT = new HnswIndex(16, 64);

  /**
   * @throws UsageException if the server would refuse them
   */
  public HnswIndex {
    if (m < 2 || m > 100 || efConstruction < 2 * m || efConstruction < 4 || efConstruction > 1000) {
      throw new UsageException(
          Problem.what("an HNSW index with m=" + m + ", ef_construction=" + efConstruction)
              .where("HnswIndex")
              .why("m goes from 2 to 100, ef_construction from 2 * m, at least 4, to 1000")
              .fix("start from HnswIndex.DEFAULT: m=16, ef_construction=64"));
    }
  }

  /** One of the vectors themselves. */
  public HnswIndex(int m, int efConstruction) {
    this(m, efConstruction, Quantization.NONE);
  }

  /** The same of what this makes of the vectors. */
  public HnswIndex quantized(Quantization chosen) {
    return new HnswIndex(m, efConstruction, chosen);
  }
}
