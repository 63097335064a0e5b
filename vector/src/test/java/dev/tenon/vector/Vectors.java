package dev.tenon.vector;

import java.util.Arrays;
import java.util.Random;

/** Vectors for tests, the same in every run. */
final class Vectors {

  private Vectors() {}

  /** Along one axis, tilted by the slope towards the next. */
  static float[] near(int axis, double slope, int dimensions) {
    float[] vector = new float[dimensions];
    vector[axis] = 1;
    vector[axis + 1] = (float) slope;
    return vector;
  }

  static float[] random(long seed, int dimensions) {
    Random random = new Random(seed);
    float[] vector = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  static float[] filled(double value, int dimensions) {
    float[] vector = new float[dimensions];
    Arrays.fill(vector, (float) value);
    return vector;
  }

  static double cosine(float[] left, float[] right) {
    double dot = 0;
    double leftSquared = 0;
    double rightSquared = 0;
    for (int i = 0; i < left.length; i++) {
      dot += (double) left[i] * right[i];
      leftSquared += (double) left[i] * left[i];
      rightSquared += (double) right[i] * right[i];
    }
    return dot / Math.sqrt(leftSquared * rightSquared);
  }
}
