package dev.tenon.timeseries;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The definition of a table that keeps, for each series and bucket of a hypertable, what aggregates
 * are made of.
 *
 * <p>States are kept, not results: the sum and the count of a mean, so that coarser buckets and
 * groups come out as they would from the rows. The number of rows and the times of the first and
 * the last are always kept. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * Rollup hourly = Rollup.of("samples_hourly", Bucket.every(Duration.ofHours(1))).avg("value").max("value");
 * Rollup daily = hourly.into("samples_daily", Bucket.day(ZoneId.of("Europe/Berlin")));
 * }</pre>
 */
public final class Rollup {

  private final String name;
  private final Bucket bucket;
  private final @Nullable Rollup source;
  private final List<State> states;
  private final Optional<Duration> retention;

  /** What is kept of a component. */
  record State(Kind kind, String component) {}

  /** What can be kept of a component. */
  enum Kind {
    SUM,
    MIN,
    MAX,
    FIRST,
    LAST
  }

  private Rollup(
      String name,
      Bucket bucket,
      @Nullable Rollup source,
      List<State> states,
      Optional<Duration> retention) {
    this.name = name;
    this.bucket = bucket;
    this.source = source;
    this.states = states;
    this.retention = retention;
  }

  /** A rollup made from the rows, which keeps their number until more is named. */
  public static Rollup of(String table, Bucket bucket) {
    return new Rollup(table, bucket, null, List.of(), Optional.empty());
  }

  /**
   * A rollup of the same states, made from this one.
   *
   * @param coarser made of whole buckets of this one
   * @throws UsageException if it is not
   */
  public Rollup into(String table, Bucket coarser) {
    if (!Buckets.isMadeOf(coarser, bucket)) {
      throw new UsageException(
          Problem.what("buckets of " + coarser + " are not made of whole buckets of " + bucket)
              .where("Rollup.into " + Problem.excerpt(table))
              .why("a bucket that is cut would count in two others")
              .fix(
                  "make it from the rows by Rollup.of, or from a rollup whose buckets divide it;"
                      + " months are not made of weeks, and a zone's days only of buckets that"
                      + " divide each of its offsets"));
    }
    return new Rollup(table, coarser, this, states, Optional.empty());
  }

  /** Keeps what {@link BucketQuery#avg} and {@link BucketQuery#sum} need. */
  public Rollup avg(String component) {
    return with(Kind.SUM, component);
  }

  /** Keeps what {@link BucketQuery#sum} and {@link BucketQuery#avg} need. */
  public Rollup sum(String component) {
    return with(Kind.SUM, component);
  }

  /** Keeps the smallest value. */
  public Rollup min(String component) {
    return with(Kind.MIN, component);
  }

  /** Keeps the largest value. */
  public Rollup max(String component) {
    return with(Kind.MAX, component);
  }

  /** Keeps the value of the earliest row. */
  public Rollup first(String component) {
    return with(Kind.FIRST, component);
  }

  /** Keeps the value of the latest row. */
  public Rollup last(String component) {
    return with(Kind.LAST, component);
  }

  private Rollup with(Kind kind, String component) {
    State state = new State(kind, component);
    if (states.contains(state)) {
      return this;
    }
    List<State> more = new ArrayList<>(states);
    more.add(state);
    return new Rollup(name, bucket, source, List.copyOf(more), retention);
  }

  /**
   * Has a {@link Retention} remove buckets that are older; without it they are kept for ever.
   *
   * <p>Rollups that are made from this one keep what they have. Call it ahead of {@link #into}.
   *
   * @param keep as long as the rows are kept, or longer
   */
  public Rollup retention(Duration keep) {
    return new Rollup(name, bucket, source, states, Optional.of(keep));
  }

  /** The name of its table, in the schema of the hypertable. */
  public String name() {
    return name;
  }

  Bucket bucket() {
    return bucket;
  }

  @Nullable Rollup source() {
    return source;
  }

  List<State> states() {
    return states;
  }

  Optional<Duration> retention() {
    return retention;
  }

  /** This one and those that it is made from, the one that is made from the rows last. */
  List<Rollup> chain() {
    List<Rollup> chain = new ArrayList<>();
    for (Rollup next = this; next != null; next = next.source) {
      chain.add(next);
    }
    return chain;
  }

  @Override
  public String toString() {
    return "Rollup " + name + " by " + bucket;
  }
}
