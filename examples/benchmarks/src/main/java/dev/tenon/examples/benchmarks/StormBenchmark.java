package dev.tenon.examples.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What one tenant feels of another one's storm. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StormBenchmark {

  /** Made by JMH. */
  public StormBenchmark() {}

  /** Nobody storms. */
  @State(Scope.Benchmark)
  public static class Calm extends Weather {
    /** Made by JMH. */
    public Calm() {
      super(Storm::none);
    }
  }

  /** A storm within limits. */
  @State(Scope.Benchmark)
  public static class Limited extends Weather {
    /** Made by JMH. */
    public Limited() {
      super(Storm::limited);
    }
  }

  /** A storm without limits. */
  @State(Scope.Benchmark)
  public static class Unlimited extends Weather {
    /** Made by JMH. */
    public Unlimited() {
      super(Storm::unlimited);
    }
  }

  /** What goes on while a benchmark runs. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init")
  public abstract static class Weather {

    private final Function<Coordinates, Storm> kind;
    private Storm storm;

    Weather(Function<Coordinates, Storm> kind) {
      this.kind = kind;
    }

    @Setup
    public void open() throws IOException {
      open(Coordinates.ofThisRun());
    }

    void open(Coordinates coordinates) {
      storm = kind.apply(coordinates);
    }

    @TearDown
    public void close() {
      storm.close();
    }
  }

  @Benchmark
  public int calm(Calm weather) {
    return ask(weather);
  }

  @Benchmark
  public int limited(Limited weather) {
    return ask(weather);
  }

  @Benchmark
  public int unlimited(Unlimited weather) {
    return ask(weather);
  }

  static int ask(Weather weather) {
    return weather.storm.ask();
  }
}
