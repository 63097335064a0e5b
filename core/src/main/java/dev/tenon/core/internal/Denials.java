package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import java.sql.SQLException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Why the server let a role or a tenant not do something, and what to do about it. */
final class Denials {

  /**
   * What raises 55000 for a row that is there, but not in the view; its text may be any language.
   */
  private static final String VIEW_CHECK = "ExecWithCheckOptions";

  /** What refuses most for lack of a right; the object stands in its text alone. */
  private static final String RIGHTS_CHECK = "aclcheck_error";

  private static final Pattern MISSING_RIGHT =
      Pattern.compile("permission denied for (table|view|schema|function|sequence) (.+)");

  private static final String SCHEMA_BEFORE =
      "(\"(?:[^\"]|\"\")+\"|(?<![\\w$\"])[A-Za-z_][\\w$]*)\\.";

  /** Raised by {@code tenon.refuse_without_tenant()}. */
  private static final String NO_TENANT = "no tenant is bound to this unit of work";

  private Denials() {}

  /** Whether the server refused for lack of a right, and not by a policy or a function. */
  static boolean isMissingRight(SQLException error) {
    return "42501".equals(error.getSQLState()) && RIGHTS_CHECK.equals(SqlStates.routine(error));
  }

  /** Null if it is no denial. */
  static @Nullable Problem explain(
      String state, String summary, @Nullable String routine, String sql, Problem problem) {
    if (state.equals("TN001") || state.equals("TN002")) {
      return problem
          .why("the registry of tenants does not let this tenant work: SQLSTATE " + state)
          .fix(admission(state, summary) + "; nothing was executed");
    }
    if (state.equals("55000") && VIEW_CHECK.equals(routine)) {
      return problem
          .why("the row with this key belongs to another tenant, and a fence does not show it")
          .fix("leave the tenant out of the statement, or use a session of the owning tenant");
    }
    if (!state.equals("42501") && !state.equals("44000")) {
      return null;
    }
    if (summary.equals(NO_TENANT)) {
      return problem
          .why("a table of tenants was asked in a session without a tenant")
          .fix("run it in a session of the tenant: TenantDatabase.as(tenant)");
    }
    Matcher missing = MISSING_RIGHT.matcher(summary);
    if (missing.matches() || RIGHTS_CHECK.equals(routine)) {
      return problem.why("the role of this session lacks the right").fix(grant(missing, sql));
    }
    return problem
        .why("the role or the tenant of this session may not do this")
        .fix("use a session of the owning tenant, or grant the right to the role");
  }

  private static String admission(String state, String summary) {
    if (state.equals("TN001")) {
      return "create the tenant with TenantRegistry.create";
    }
    return summary.endsWith(" is suspended")
        ? "let it work again with TenantRegistry.resume"
        : "an erasure has no way back: create another tenant, with an id of its own";
  }

  private static String grant(Matcher missing, String sql) {
    if (!missing.matches()) {
      return "as the owner, grant <role> the right to what the message names, or do this as the"
          + " owner";
    }
    String kind = missing.group(1);
    String bare = missing.group(2);
    String name = kind.equals("schema") ? quoted(bare) : qualified(bare, sql);
    return "as the owner: grant "
        + switch (kind) {
          case "schema" ->
              "usage on schema "
                  + name
                  + " to <role>; but where a fence has its rows, read and write the fence's view"
                  + " instead";
          case "function" -> "execute on function " + name + " to <role>";
          case "sequence" -> "usage on sequence " + name + " to <role>";
          case "table" ->
              "select, insert, update, delete on "
                  + name
                  + " to <role>; but never on a table behind a fence: a security_invoker view that"
                  + " reads one is created again over the fence's view";
          default -> "select, insert, update, delete on " + name + " to <role>";
        };
  }

  /**
   * The server leaves the schema out of its text; the statement may have it, and where it has not,
   * the reader knows it.
   */
  private static String qualified(String name, String sql) {
    Matcher stated = Pattern.compile(SCHEMA_BEFORE + asWritten(name)).matcher(sql);
    if (!stated.find()) {
      return "<schema>." + quoted(name);
    }
    String schema = stated.group(1);
    String written = schema.startsWith("\"") ? schema : quoted(schema.toLowerCase(Locale.ROOT));
    return written + "." + quoted(name);
  }

  private static String asWritten(String name) {
    return "(?:" + Pattern.quote(quoted(name)) + "|(?i:" + Pattern.quote(name) + ")(?![\\w$]))";
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
