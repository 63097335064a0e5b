package dev.tenon.core.health;

import dev.tenon.core.Database;
import dev.tenon.core.TenonException;
import dev.tenon.core.health.HealthFinding.Check;
import dev.tenon.core.health.HealthFinding.Severity;
import java.sql.SQLTransientConnectionException;
import java.util.Objects;
import java.util.Optional;

/** Whether a database lends a connection and answers on it: without that nothing works. */
final class Reach {

  private final Database database;

  Reach(Database database) {
    this.database = database;
  }

  /** A pooled connection may have been ended since it was last used, so the next is asked too. */
  Optional<HealthFinding> failure() {
    Optional<TenonException> first = ask();
    if (first.isEmpty() || first.get().getCause() instanceof SQLTransientConnectionException) {
      return first.map(Reach::finding);
    }
    return ask().map(Reach::finding);
  }

  private Optional<TenonException> ask() {
    try {
      database.sql().execute("select 1");
      return Optional.empty();
    } catch (TenonException error) {
      return Optional.of(error);
    }
  }

  private static HealthFinding finding(TenonException error) {
    return new HealthFinding(
        Check.POOL,
        Severity.CRITICAL,
        "the database",
        "no connection on which it answers: " + error.problem().what(),
        Objects.requireNonNullElse(error.problem().fix(), "look into the log of the server"));
  }
}
