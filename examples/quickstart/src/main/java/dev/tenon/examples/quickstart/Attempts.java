package dev.tenon.examples.quickstart;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.InvalidDataException;
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
  private final String door;
  private int refused;

  /** Attempts through one door, which each printed line names. */
  Attempts(Report report, String door) {
    this.report = report;
    this.door = door;
  }

  /** Expects that nothing is found, or nothing changed. */
  void meetsNoRow(String what, Supplier<?> attempt) {
    try {
      Object met = attempt.get();
      if (isNothing(met)) {
        refused(what, "no row");
      } else {
        report.surprise(door + ": " + what + " succeeded with " + met);
      }
    } catch (TenonException error) {
      report.surprise(door + ": " + what + " failed with " + shown(error) + ": " + error);
    }
  }

  /** Expects that the database denies it: insufficient privilege, or a policy's check. */
  void isDenied(String what, Runnable attempt) {
    fails(AccessDeniedException.class.getSimpleName() + ", SQLSTATE 42501", what, attempt);
  }

  /** Expects a foreign key to refuse it: the tenant is part of each. */
  void linksNothing(String what, Runnable attempt) {
    fails(InvalidDataException.class.getSimpleName() + ", SQLSTATE 23503", what, attempt);
  }

  /** Expects an error of this type that no database raised. */
  void failsWith(Class<? extends TenonException> type, String what, Runnable attempt) {
    fails(type.getSimpleName(), what, attempt);
  }

  private void fails(String foretold, String what, Runnable attempt) {
    try {
      attempt.run();
      report.surprise(door + ": " + what + " succeeded");
    } catch (TenonException error) {
      if (shown(error).equals(foretold)) {
        refused(what, foretold);
      } else {
        report.surprise(door + ": " + what + " failed with " + shown(error) + ": " + error);
      }
    }
  }

  /** How many attempts were refused as foretold. */
  int refused() {
    return refused;
  }

  private void refused(String what, String how) {
    refused++;
    report.line("refused  %-10s  %-44s %s", door, what, how);
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
