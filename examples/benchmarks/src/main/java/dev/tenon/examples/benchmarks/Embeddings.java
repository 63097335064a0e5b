package dev.tenon.examples.benchmarks;

import java.util.Random;
import java.util.stream.IntStream;

/**
 * Vectors in clusters, as those of an embedding model are; the same seed makes the same vectors.
 */
final class Embeddings {

  static final int DIMENSIONS = 384;

  private static final int CLUSTERS = 100;
  private static final double SPREAD = 0.7;

  private final float[][] centres;
  private final Random random;

  /** The centres are the same for all seeds. */
  Embeddings(long seed) {
    Random fixed = new Random(1);
    centres = IntStream.range(0, CLUSTERS).mapToObj(i -> gaussian(fixed)).toArray(float[][]::new);
    random = new Random(seed);
  }

  float[] next() {
    float[] centre = centres[random.nextInt(CLUSTERS)];
    float[] vector = gaussian(random);
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] = (float) (centre[i] + SPREAD * vector[i]);
    }
    return vector;
  }

  private static float[] gaussian(Random random) {
    float[] vector = new float[DIMENSIONS];
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }
}
