package dev.tenon.examples.quickstart;

import dev.tenon.core.TenonException;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Tries what must fail, and prints how it failed.
 *
 * <p>An attempt that meets a row, and one that fails in another way than foretold, is a surprise: a
 * mistyped statement must not pass for a refusal.
 */
final class Attempts {

  private final Report report;
  private int refused;

  Attempts(Report report) {
    this.report = report;
  }

  /** Expects that no row is met: nothing found, or nothing changed. */
  void meetsNoRow(String door, String what, Supplier<?> attempt) {
    try {
      Object met = attempt.get();
      if (isNothing(met)) {
        refused(door, what, "no row");
      } else {
        report.surprise(door + ": " + what + " succeeded with " + met);
      }
    } catch (TenonException error) {
      report.surprise(door + ": " + what + " failed with " + shown(error));
    }
  }

  /** Expects an error of this type. */
  void failsWith(Class<? extends TenonException> type, String door, String what, Runnable attempt) {
    fails(type.getSimpleName(), door, what, attempt);
  }

  /** Expects an error of this type, made of this SQLSTATE. */
  void failsWith(
      Class<? extends TenonException> type,
      String sqlState,
      String door,
      String what,
      Runnable attempt) {
    fails(type.getSimpleName() + ", SQLSTATE " + sqlState, door, what, attempt);
  }

  private void fails(String foretold, String door, String what, Runnable attempt) {
    try {
      attempt.run();
      report.surprise(door + ": " + what + " succeeded");
    } catch (TenonException error) {
      if (shown(error).equals(foretold)) {
        refused(door, what, foretold);
      } else {
        report.surprise(door + ": " + what + " failed with " + shown(error) + ": " + error);
      }
    }
  }

  /** How many attempts were refused as foretold. */
  int refused() {
    return refused;
  }

  private void refused(String door, String what, String how) {
    refused++;
    report.line("refused  %-10s  %-46s %s", door, what, how);
  }

  private static String shown(TenonException error) {
    return error.getClass().getSimpleName()
        + error.sqlState().map(state -> ", SQLSTATE " + state).orElse("");
  }

  private static boolean isNothing(Object met) {
    if (met instanceof Optional<?> row) {
      return row.isEmpty();
    }
    if (met instanceof Collection<?> rows) {
      return rows.isEmpty();
    }
    if (met instanceof Number count) {
      return count.longValue() == 0;
    }
    return Boolean.FALSE.equals(met);
  }
}
