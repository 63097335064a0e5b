package dev.tenon.core.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long a connection waits for the reply of a server that may have fallen silent: longer than
 * the server lets a statement run.
 */
public final class NetworkWait {

  private static final Duration SILENCE = Duration.ofSeconds(10);
  private static final Pattern TIMEOUT =
      Pattern.compile("\\s*(\\d{1,10}(?:\\.\\d+)?)\\s*(us|ms|s|min|h|d)?\\s*");
  private static final Map<String, Double> MILLISECONDS =
      Map.of("us", 0.001, "ms", 1.0, "s", 1e3, "min", 60e3, "h", 3600e3, "d", 86400e3);

  private NetworkWait() {}

  /** The wait under a statement timeout. */
  public static Duration under(Duration statementTimeout) {
    return statementTimeout.plus(SILENCE);
  }

  /**
   * Makes a connection wait longer where a statement may run longer; never shorter.
   *
   * @param statementTimeout in PostgreSQL's syntax; what is none is left to the server to refuse
   */
  static void allow(Connection connection, String statementTimeout) throws SQLException {
    int present = connection.getNetworkTimeout();
    OptionalLong allowed = milliseconds(statementTimeout);
    if (present == 0 || allowed.isEmpty()) {
      return;
    }
    long wanted = allowed.getAsLong();
    if (wanted == 0) {
      connection.setNetworkTimeout(Runnable::run, 0);
    } else if (wanted + SILENCE.toMillis() > present) {
      connection.setNetworkTimeout(
          Runnable::run, (int) Math.min(wanted + SILENCE.toMillis(), Integer.MAX_VALUE));
    }
  }

  /** What the server makes of a timeout, if it is one in digits; 0 is none. */
  static OptionalLong milliseconds(String timeout) {
    Matcher matcher = TIMEOUT.matcher(timeout);
    if (!matcher.matches()) {
      return OptionalLong.empty();
    }
    String unit = matcher.group(2) == null ? "ms" : matcher.group(2);
    double exact = Double.parseDouble(matcher.group(1)) * MILLISECONDS.getOrDefault(unit, 1.0);
    return OptionalLong.of((long) Math.rint(exact));
  }
}
