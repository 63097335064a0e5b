package dev.tenon.examples.quickstart;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Prints what happens, times each step and remembers every surprise.
 *
 * <p>A surprise is a result that differs from what was promised; one is enough for exit code 1.
 */
final class Report {

  private static final double NANOS = 1e9;

  private final PrintStream out;
  private final LongSupplier nanoClock;
  private final long start;
  private final List<Step> steps = new ArrayList<>();
  private final List<String> surprises = new ArrayList<>();

  /** What one step did; no rows where none are counted. */
  private record Step(String name, @Nullable Long rows, double seconds) {}

  Report(PrintStream out) {
    this(out, System::nanoTime);
  }

  Report(PrintStream out, LongSupplier nanoClock) {
    this.out = out;
    this.nanoClock = nanoClock;
    this.start = nanoClock.getAsLong();
  }

  void heading(String text) {
    out.println();
    out.println(text);
    out.println("─".repeat(text.length()));
  }

  void blank() {
    out.println();
  }

  void line(String format, Object... arguments) {
    out.println("  " + String.format(Locale.ROOT, format, arguments));
  }

  /** Runs a step and keeps its time. */
  void step(String name, Runnable work) {
    timed(
        name,
        null,
        () -> {
          work.run();
          return Boolean.TRUE;
        });
  }

  /** Runs a step and keeps its time. */
  <R> R step(String name, Supplier<R> work) {
    return timed(name, null, work);
  }

  /** Runs a step and keeps its time and how many rows it met. */
  <R> R step(String name, ToLongFunction<R> rows, Supplier<R> work) {
    return timed(name, rows, work);
  }

  private <R> R timed(String name, @Nullable ToLongFunction<R> rows, Supplier<R> work) {
    long begin = nanoClock.getAsLong();
    R result = work.get();
    double seconds = (nanoClock.getAsLong() - begin) / NANOS;
    steps.add(new Step(name, rows == null ? null : rows.applyAsLong(result), seconds));
    return result;
  }

  /** Compares a result with the promise. */
  void expect(String what, Object promised, @Nullable Object actual) {
    if (!Objects.equals(promised, actual)) {
      surprise(what + ": expected " + promised + ", got " + actual);
    }
  }

  /** Says that something differs from the promise; the program goes on and fails at its end. */
  void surprise(String what) {
    surprises.add(what);
    line("SURPRISE  %s", what);
  }

  List<String> surprises() {
    return List.copyOf(surprises);
  }

  /** Prints the steps and the verdict, and returns the exit code: 0 without surprises, or 1. */
  int close() {
    heading("Steps");
    line("%-44s %8s %9s", "", "rows", "seconds");
    for (Step step : steps) {
      String rows = step.rows() == null ? "" : String.format(Locale.ROOT, "%,d", step.rows());
      line("%-44s %8s %9.3f", step.name(), rows, step.seconds());
    }
    line("%-44s %8s %9.3f", "in all", "", (nanoClock.getAsLong() - start) / NANOS);
    out.println();
    if (surprises.isEmpty()) {
      line("Everything was as promised.");
    } else {
      line("%d surprises:", surprises.size());
      surprises.forEach(surprise -> line("- %s", surprise));
    }
    out.flush();
    return surprises.isEmpty() ? 0 : 1;
  }
}
