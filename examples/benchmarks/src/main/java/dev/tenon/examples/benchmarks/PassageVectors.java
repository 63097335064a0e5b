package dev.tenon.examples.benchmarks;

import java.util.Random;
import java.util.stream.IntStream;

/**
 * Vectors that an index finds hard: clusters in a space of 160 dimensions, seen through many. All
 * have something in common, so that no two are at a right angle; the same seed makes the same.
 */
final class PassageVectors {

  private static final int LATENT = 160;
  private static final int CLUSTERS = 200;
  private static final double NOISE = 0.1;
  private static final double COMMON = 4;

  private final int dimensions;
  private final float[][] centres;
  private final float[][] view;
  private final Random random;

  /** The centres and the view of them are the same for all seeds. */
  PassageVectors(int dimensions, long seed) {
    this.dimensions = dimensions;
    Random fixed = new Random(1);
    this.centres = gaussians(CLUSTERS, LATENT, fixed);
    this.view = gaussians(dimensions, LATENT, fixed);
    this.random = new Random(seed);
  }

  float[] next() {
    float[] latent = gaussian(LATENT, random);
    float[] centre = centres[random.nextInt(CLUSTERS)];
    float[] vector = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      double seen = COMMON + NOISE * random.nextGaussian();
      for (int j = 0; j < LATENT; j++) {
        seen += view[i][j] * (centre[j] + latent[j]) / Math.sqrt(LATENT);
      }
      vector[i] = (float) seen;
    }
    return vector;
  }

  private static float[][] gaussians(int count, int dimensions, Random random) {
    return IntStream.range(0, count)
        .mapToObj(any -> gaussian(dimensions, random))
        .toArray(float[][]::new);
  }

  private static float[] gaussian(int dimensions, Random random) {
    float[] vector = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }
}
