package dev.tenon.examples.benchmarks;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What a host measures of its processor, every ten seconds: ten numbers, as in TSBS. */
record Sample(
    Instant time,
    String host,
    String region,
    double user,
    double system,
    double idle,
    double nice,
    double iowait,
    double irq,
    double softirq,
    double steal,
    double guest,
    double guestNice) {

  private static final int HOSTS = 100;
  private static final int SECONDS = 10;
  private static final Instant START = Instant.parse("2026-01-05T00:00:00Z");

  /** Samples by time and then by host; always the same. */
  static List<Sample> of(int rows) {
    Random random = new Random(4);
    List<Sample> samples = new ArrayList<>(rows);
    for (int i = 0; i < rows; i++) {
      Instant time = START.plusSeconds((long) (i / HOSTS) * SECONDS);
      samples.add(measured(time, i % HOSTS, random));
    }
    return samples;
  }

  private static Sample measured(Instant time, int host, Random random) {
    return new Sample(
        time,
        "host-" + host,
        "eu-central-1",
        percent(random),
        percent(random),
        percent(random),
        percent(random),
        percent(random),
        percent(random),
        percent(random),
        percent(random),
        percent(random),
        percent(random));
  }

  private static double percent(Random random) {
    return random.nextDouble() * 100;
  }
}
