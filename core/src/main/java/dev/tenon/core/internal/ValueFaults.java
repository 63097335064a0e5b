package dev.tenon.core.internal;

import java.sql.SQLException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Faults of a value whose SQLSTATE may be that of a statement, too. The server names the file that
 * refused; its text may be in any language.
 */
final class ValueFaults {

  private static final String SYNTAX_ERROR = "42601";
  private static final String LIMIT_EXCEEDED = "54000";

  /** The files of the server and its extensions that read values of a syntax of their own. */
  private static final Pattern PARSERS =
      Pattern.compile(
          "tsquery|tsvector|jsonpath|hstore|l?tree|ltxtquery|lquery|_int_bool|tsearchcmds|wparser");

  /** The files of the server and its extensions that hold values, in rows, indexes and others. */
  private static final Pattern HOLDERS =
      Pattern.compile(
          "hio\\.|heap|indextuple\\.|nbt|gin|gist|spg|brin|hash|toast|hnswutils\\."
              + "|to_tsany\\.|ts|json|array|varlena\\.|stringinfo\\.|trgm"
              + "|(half|sparse|bit)?vec(tor)?\\.");

  private ValueFaults() {}

  /** Whether the syntax that is wrong is that of a value, which the server's text repeats. */
  static boolean isMalformed(SQLException error) {
    return SYNTAX_ERROR.equals(error.getSQLState()) && isIn(PARSERS, error);
  }

  /** Whether a value is too large for a row, an index or its type. */
  static boolean isTooLarge(SQLException error) {
    return LIMIT_EXCEEDED.equals(error.getSQLState()) && isIn(HOLDERS, error);
  }

  private static boolean isIn(Pattern files, SQLException error) {
    ServerErrorMessage server = serverMessage(error);
    return server != null
        && server.getFile() != null
        && files.matcher(server.getFile()).lookingAt();
  }

  static @Nullable ServerErrorMessage serverMessage(SQLException error) {
    return error instanceof PSQLException own ? own.getServerErrorMessage() : null;
  }
}
