package dev.tenon.core.internal;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Turns an SQLSTATE into the exception that says what the caller can do.
 *
 * <p>Codes: <a href="https://www.postgresql.org/docs/17/errcodes-appendix.html">PostgreSQL,
 * appendix A</a>. The server's detail line repeats values of the row, as some of its texts do, so
 * they stay in the cause and out of the message.
 */
public final class SqlStates {

  private static final Set<String> RETRYABLE =
      Set.of("40001", "40P01", "55P03", "55006", "53300", "57P03");
  private static final String REFUSED_WRITE = "25006";
  static final String STALE_PLAN = "0A000";
  static final String CANCELLED = "57014";

  /** What to do so that there is an answer, where the work had no key. */
  static final String NEXT_TIME =
      "; after a transaction with Transaction.Options.withOperation, Session.isApplied tells";

  private static final Set<String> COUNTING = Set.of("int4pl", "int8pl", "int84pl", "int84");
  private static final String CLOSED = "08003";

  /** What HikariCP says of a connection that it closed, as when it was lost before. */
  private static final String CLOSED_BY_POOL = "Connection is closed";

  private static final String IDLED = "25P03";
  private static final Set<String> LOST = Set.of("57P01", "57P02", IDLED);

  /** Raised by SQL that Tenon emits, for a table that cannot be isolated as declared. */
  static final String UNFIT_TABLE = "TN101";

  /** What the planner says of a constant in a condition where the policy has the tenant. */
  private static final String TENANT_TWICE = "variable not found in subplan target list";

  /** What the server quotes in a text. */
  private static final Pattern QUOTED = Pattern.compile("\"(.*)\"", Pattern.DOTALL);

  /** Errors of values, and limits that a value went past. */
  private static final Pattern VALUED = Pattern.compile("22...|54000");

  /** Errors of names. */
  private static final Pattern LOOKED_UP = Pattern.compile("42...|3F000");

  /** Whether the failed statement could already have committed. */
  public enum Phase {
    BEFORE_COMMIT,
    MAY_HAVE_COMMITTED
  }

  private SqlStates() {}

  public static TenonException translate(SQLException error, String where, Phase phase) {
    return translate(error, where, where, phase);
  }

  /**
   * Translates the error of a statement.
   *
   * @param sql its whole text, which is longer than a place in a message; or what is known of it
   */
  static TenonException translate(SQLException error, String where, String sql, Phase phase) {
    if (error instanceof LocatedSqlException located) {
      String place = located.operation() + ", in " + where;
      return translate(located.error(), place, place, phase);
    }
    // The driver's own text of a failed batch holds the statement with its values.
    if (error instanceof BatchUpdateException && error.getNextException() != null) {
      return translate(error.getNextException(), where, sql, phase);
    }
    if (error instanceof TenantTimeoutException limited) {
      return cancelled(
          limited.cancelled(),
          Problem.what(summary(error)).where(where),
          "make it faster (look at its plan) or give the session a longer timeout; a tenant's ends"
              + " at TenantLimits.statementTimeout: raise it there");
    }
    if (error instanceof StandbyWriteException) {
      return new RetryableException(
          Problem.what(summary(error))
              .where(where)
              .why("the server is a standby, as after a failover; its connection left the pool")
              .fix(
                  "run the whole unit of work again; name all servers in the URL, with"
                      + " targetServerType=primary"),
          error);
    }
    if (error.getSQLState() == null && CLOSED_BY_POOL.equals(error.getMessage())) {
      return translate(new SQLException(error.getMessage(), CLOSED, error), where, sql, phase);
    }
    String state = error.getSQLState() == null ? "" : error.getSQLState();
    if (hasTooManyParameters(error, state)) {
      return new UsageException(
          Problem.what("a statement with more than 65535 parameters was given")
              .where(where)
              .why("the protocol of the server counts them in 16 bits")
              .fix(
                  "bind many values as one array: field.in(DSL.select(DSL.field(\"unnest({0})\","
                      + " field.getDataType(), DSL.val(array)))), or split them"),
          error);
    }
    Problem problem = Problem.what(withoutValues(summary(error), error, sql)).where(where);
    // A server that waited for a statement in vain had none to commit.
    if (phase == Phase.MAY_HAVE_COMMITTED && isConnectionLost(error) && !state.equals(IDLED)) {
      return new OutcomeUnknownException(
          problem
              .why("the connection was lost after the work was sent")
              .fix("read what the work would have written before running it again" + NEXT_TIME),
          error);
    }
    if (isStalePlan(error)) {
      return new RetryableException(
          problem
              .why("the columns that the statement returns were changed since it was prepared")
              .fix("run the whole unit of work again; list columns, as * grows by itself"),
          error);
    }
    if (isConnectionLost(state) || state.startsWith("40") || RETRYABLE.contains(state)) {
      return new RetryableException(
          problem.why(cause(state)).fix("run the whole unit of work again"), error);
    }
    return permanent(error, state, sql, problem);
  }

  /** The driver's own refusal, which has no state of its own. */
  private static boolean hasTooManyParameters(SQLException error, String state) {
    return state.equals("22023")
        && error instanceof PSQLException refused
        && refused.getServerErrorMessage() == null
        && String.valueOf(refused.getMessage()).startsWith("PreparedStatement can have at most");
  }

  /** Whether the error means that the connection is gone, and with it the reply. */
  static boolean isConnectionLost(SQLException error) {
    String state = error.getSQLState();
    return state != null && isConnectionLost(state) && !isRaised(error);
  }

  /** Whether a function of the database raised it, which may choose any state and goes on. */
  private static boolean isRaised(SQLException error) {
    ServerErrorMessage server =
        error instanceof PSQLException cause ? cause.getServerErrorMessage() : null;
    return server != null && "ERROR".equals(server.getSeverity()) && server.getRoutine() != null;
  }

  /** Whether a write met a transaction that is read-only. */
  static boolean isRefusedWrite(SQLException error) {
    return REFUSED_WRITE.equals(error.getSQLState());
  }

  /**
   * Whether a prepared statement returns other columns than it did; the driver prepares it anew.
   */
  static boolean isStalePlan(SQLException error) {
    return STALE_PLAN.equals(error.getSQLState()) && "RevalidateCachedQuery".equals(routine(error));
  }

  static boolean isConnectionLost(String state) {
    return state.startsWith("08") || LOST.contains(state);
  }

  private static ServerException cancelled(SQLException error, Problem problem, String fix) {
    return new ServerException(
        problem.why("the statement was cancelled, most likely by its timeout").fix(fix), error);
  }

  /**
   * Whether a counter of the statement itself went beyond its type: an addition, or the cast of its
   * result.
   */
  public static boolean isCounterOverflow(TenonException error) {
    if (!(error.getCause() instanceof PSQLException cause)) {
      return false;
    }
    ServerErrorMessage server = cause.getServerErrorMessage();
    return "22003".equals(cause.getSQLState())
        && server != null
        && server.getWhere() == null
        && COUNTING.contains(String.valueOf(server.getRoutine()));
  }

  private static TenonException permanent(
      SQLException error, String state, String sql, Problem problem) {
    Problem denied = Denials.explain(state, summary(error), routine(error), sql, problem);
    if (denied != null) {
      return new AccessDeniedException(denied, error);
    }
    if (state.equals(UNFIT_TABLE)) {
      return new UsageException(explained(error, problem), error);
    }
    if (isCopyPastIsolation(error, state)) {
      return new UsageException(
          problem
              .why("COPY asks no policy, so it loads neither a table with policies nor a view")
              .fix(
                  "load with insert … select … from unnest(?), which the policies check, as"
                      + " Repository.insertAll does, or with the bulk loads of HypertableRepository"
                      + " and VectorRepository"),
          error);
    }
    if (ValueFaults.isMalformed(error)) {
      return new InvalidDataException(
          problem
              .why(cause(state))
              .fix("correct the text; websearch_to_tsquery takes any as a query"),
          error);
    }
    if (state.startsWith("22")
        || state.startsWith("23")
        || state.equals("P0001")
        || ValueFaults.isTooLarge(error)) {
      return new InvalidDataException(
          problem.why(cause(state) + objects(error)).fix(remedy(state) + "; nothing was written"),
          error);
    }
    if (state.equals(CANCELLED)) {
      return cancelled(
          error,
          problem,
          "make it faster (look at its plan), or give it longer: DatabaseConfig.statementTimeout, or"
              + " Transaction.Options.withStatementTimeout for one transaction");
    }
    if (state.equals("25P04")) {
      return new ServerException(
          problem
              .why("the transaction lasted longer than its timeout")
              .fix("do less in it, or give it a longer timeout"),
          error);
    }
    if (state.equals(REFUSED_WRITE)) {
      return new UsageException(
          problem
              .why("the transaction was declared read-only, or the server is a standby")
              .fix("write in a transaction that is not read-only, on the primary server"),
          error);
    }
    if (state.startsWith("XX") && summary(error).equals(TENANT_TWICE)) {
      return new ServerException(
          problem
              .why("TimescaleDB cannot plan a change whose condition names the tenant once more")
              .fix("leave the tenant out of the condition: the policy of the table adds it"),
          error);
    }
    if (state.startsWith("53")
        || state.startsWith("58")
        || state.startsWith("XX")
        || state.equals("0A000")
        || state.startsWith("28")
        || state.startsWith("3D")) {
      return new ServerException(
          problem.why(cause(state)).fix("correct the server or its configuration"), error);
    }
    return new UsageException(
        problem
            .why(cause(state))
            .fix(
                switch (state) {
                  case "25P02" ->
                      "end the transaction; run what may fail within Transaction.savepoint";
                  case "428C9" ->
                      "leave the column to the database: RepositoryBuilder.generated(column)";
                  default -> "correct the statement or the code that made it";
                }),
        error);
  }

  /** The server names the routine that refused; its text may be in any language. */
  private static boolean isCopyPastIsolation(SQLException error, String state) {
    String routine = String.valueOf(routine(error));
    return (state.equals("0A000") && routine.equals("DoCopy"))
        || (state.equals("42809") && routine.equals("CopyFrom"));
  }

  /** Why and how to mend it, in the words of the emitted SQL. */
  static Problem explained(SQLException error, Problem problem) {
    ServerErrorMessage server = ValueFaults.serverMessage(error);
    return server == null
        ? problem
        : problem
            .why(String.valueOf(server.getDetail()))
            .fix(server.getHint() + "; nothing was changed");
  }

  private static String remedy(String state) {
    return switch (state) {
      case "23505", "23P01" ->
          "choose values that no other row has, or upsert where the same row may exist";
      case "23503" -> "write the row that it refers to first, or delete the rows that refer to it";
      case "23502" -> "give the column a value";
      case "23514" -> "choose values that the check allows";
      case "22001" -> "shorten the text, or widen its column";
      case "54000" -> "shorten the value: the server says how much it holds";
      default -> "correct the data";
    };
  }

  /** The objects that the server names apart from its text, whose language may be any. */
  private static String objects(SQLException error) {
    ServerErrorMessage server = ValueFaults.serverMessage(error);
    if (server == null) {
      return "";
    }
    return named(", constraint ", server.getConstraint())
        + named(", column ", server.getColumn())
        + named(", table ", server.getTable());
  }

  private static String named(String label, @Nullable String name) {
    return name == null ? "" : label + name;
  }

  static @Nullable String routine(SQLException error) {
    ServerErrorMessage server = ValueFaults.serverMessage(error);
    return server == null ? null : server.getRoutine();
  }

  /** The server's text, but for the errors in which it repeats the value that it refused. */
  static String summary(SQLException error) {
    ServerErrorMessage server = ValueFaults.serverMessage(error);
    return switch (String.valueOf(error.getSQLState())) {
      case "22P02" -> "a text is no value of the type that it is to become";
      case "22003" -> "a number is out of the range of its type";
      case "22009", "22015" -> "an interval or an offset of a time zone is out of range";
      case "22023" ->
          "an argument or a setting has a value that it cannot have; the cause tells it";
      case "42601" ->
          ValueFaults.isMalformed(error) ? "a text is malformed for its type" : text(error, server);
      case "22007", "22008" -> "a date or a time is malformed or out of range";
      case "42846" ->
          server == null ? "a column is read as a type that it is not" : text(error, server);
      default ->
          VALUED.matcher(String.valueOf(error.getSQLState())).matches()
              ? QUOTED.matcher(text(error, server)).replaceFirst("\"…\"")
              : text(error, server);
    };
  }

  /**
   * The text without what it quotes, where that may be a value: what a name is looked up by while
   * the statement runs, which has no place in it or in that of a function, unless it names it
   * itself.
   */
  private static String withoutValues(String text, SQLException error, String sql) {
    ServerErrorMessage server = ValueFaults.serverMessage(error);
    String state = String.valueOf(error.getSQLState());
    if (server == null
        || server.getPosition() > 0
        || server.getInternalPosition() > 0
        || !LOOKED_UP.matcher(state).matches()) {
      return text;
    }
    Matcher quoted = QUOTED.matcher(text);
    return quoted.find()
            && !sql.toLowerCase(Locale.ROOT).contains(quoted.group(1).toLowerCase(Locale.ROOT))
        ? quoted.replaceFirst("\"…\"")
        : text;
  }

  private static String text(SQLException error, @Nullable ServerErrorMessage server) {
    return String.valueOf(server == null ? error.getMessage() : server.getMessage());
  }

  private static String cause(String state) {
    return state.isEmpty() ? "the driver reported it, without an SQLSTATE" : "SQLSTATE " + state;
  }
}
