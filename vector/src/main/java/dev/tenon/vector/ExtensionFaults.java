package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Tells a missing or too old extension from a fault of the caller.
 *
 * <p>The server is not asked beforehand, which would cost a round trip; its own error says it.
 */
final class ExtensionFaults {

  /** An undefined type or parameter, an undefined function or operator, a refused parameter. */
  private static final Set<String> UNDEFINED = Set.of("42704", "42883", "42602");

  /** Its types, parameters, functions and operators, by name; not what a filter calls over them. */
  private static final Pattern OF_EXTENSION =
      Pattern.compile(
          "\\bhnsw\\.|\\bivfflat\\."
              + "|[^\\w\\s(,](half|sparse)?vec(tor)?[^\\w\\s(,]"
              + "|\\b(binary_quantize|(sparse|half)?vec(tor)?_send)\\("
              + "|<->|<#>|<=>|<\\+>|<~>|<%>");

  private ExtensionFaults() {}

  static <R> R run(Session session, String where, Session.JdbcWork<R> work) {
    return explaining(where, () -> session.jdbc(work));
  }

  static <R> R explaining(String where, Supplier<R> work) {
    try {
      return work.get();
    } catch (UsageException error) {
      if (isOfExtension(error)) {
        throw explained(error, where);
      }
      throw error;
    }
  }

  static boolean isOfExtension(UsageException error) {
    return error.sqlState().filter(UNDEFINED::contains).isPresent()
        && OF_EXTENSION.matcher(error.problem().what()).find();
  }

  static ServerException explained(UsageException error, String where) {
    return new ServerException(
        Problem.what("the extension 'vector' is missing or older than 0.8.0")
            .where(where)
            .why("the server says: " + error.problem().what())
            .fix(
                "run, as a role that may: create extension if not exists vector; alter extension"
                    + " vector update"),
        error.getCause());
  }
}
