package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** How long a statement of a tenant may run: a setting makes it shorter, never longer. */
record StatementLimit(TenantId tenant, Duration atMost) {

  /** The error itself, or a cancelled statement with the limit that may have cancelled it. */
  static SQLException explained(@Nullable StatementLimit limit, SQLException error) {
    return limit != null && SqlStates.CANCELLED.equals(error.getSQLState())
        ? new TenantTimeoutException(error)
        : error;
  }

  /**
   * Lets a timeout pass that holds the limit.
   *
   * @param timeout in PostgreSQL's syntax; what is not understood is refused
   * @throws UsageException if it is none, longer, or switches the timeout off
   */
  void admit(String timeout) {
    OptionalLong asked = NetworkWait.milliseconds(timeout);
    if (asked.isEmpty() || asked.getAsLong() == 0 || asked.getAsLong() > atMost.toMillis()) {
      throw new UsageException(
          Problem.what("a statement timeout of '" + Problem.excerpt(timeout) + "' was asked for")
              .where("Session.withSetting")
              .why("the limits of tenant " + tenant + " allow " + atMost.toMillis() + " ms")
              .fix(
                  "ask for a shorter one, such as '200ms', or raise TenantLimits.statementTimeout"));
    }
  }
}
