package dev.tenon.vector;

import java.util.Arrays;

/**
 * The mean of shares, each 0 to 1, and between what it lies with 95 % confidence.
 *
 * <p>Wilson's score interval (1927) for as many trials as there are shares. It is that of shares
 * which are 0 or 1; others with the same mean vary less, so for them it is wide rather than narrow.
 * A greater mean has a greater interval, also at the ends, where all shares are alike.
 */
record ShareInterval(double mean, double low, double high) {

  private static final double DEVIATIONS = 1.96;

  static ShareInterval of(double[] shares) {
    double mean = Arrays.stream(shares).average().orElseThrow();
    int count = shares.length;
    double squared = DEVIATIONS * DEVIATIONS;
    double centre = (mean + squared / (2 * count)) / (1 + squared / count);
    double half =
        DEVIATIONS
            / (1 + squared / count)
            * Math.sqrt(mean * (1 - mean) / count + squared / (4.0 * count * count));
    double low = mean == 0 ? 0 : centre - half;
    double high = mean == 1 ? 1 : centre + half;
    return new ShareInterval(mean, low, high);
  }

  /** Of how many shares, each 1, the interval does not begin below this; 1 cannot be shown. */
  static long fewestFor(double target) {
    return target < 1
        ? (long) Math.ceil(target * DEVIATIONS * DEVIATIONS / (1 - target))
        : Long.MAX_VALUE;
  }
}
