package dev.tenon.examples.benchmarks;

import java.util.Arrays;
import java.util.Random;

/** Draws numbers from 0, the n-th of them 1/n as often as the first; always the same ones. */
final class Zipf {

  private final Random random = new Random(6);
  private final double[] shares;

  Zipf(int numbers) {
    shares = new double[numbers];
    double sum = 0;
    for (int i = 0; i < numbers; i++) {
      sum += 1.0 / (i + 1);
      shares[i] = sum;
    }
  }

  /** Whatever the call. */
  int next(int call) {
    int found = Arrays.binarySearch(shares, random.nextDouble() * shares[shares.length - 1]);
    return found < 0 ? -found - 1 : found;
  }
}
