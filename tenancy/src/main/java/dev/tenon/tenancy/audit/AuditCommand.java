package dev.tenon.tenancy.audit;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Problem;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.audit.Finding.Rule;
import dev.tenon.tenancy.audit.Finding.Severity;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jooq.JSONFormat;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.SQLDialect;
import org.jooq.TXTFormat;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** The audit as a program: options in, a table and an exit code out. */
final class AuditCommand {

  private static final int ERRORS_FOUND = 1;
  private static final int CALLED_WRONGLY = 2;
  private static final int WIDEST = 120;

  private static final String USAGE =
      """
      TenancyAudit: finds the holes in the isolation of a database, and exits with 1 if one is an ERROR
        --url URL               JDBC URL, or TENON_JDBC_URL
        --user NAME             who asks, or TENON_USER; the owner sees everything
        --password-file FILE    a file with the password, or TENON_PASSWORD
        --role NAME             a role of the application, judged instead of the user; repeatable
        --accept RULE:object    a finding that somebody has looked at; repeatable
        --format table|json     table by default
        --help                  this text""";

  private static final List<String> COLUMNS = List.of("severity", "rule", "object", "why", "fix");

  private final Map<String, String> environment;
  private final PrintWriter out;
  private final PrintWriter err;
  private final List<String> roles = new ArrayList<>();
  private final List<String> accepted = new ArrayList<>();
  private @Nullable String url;
  private @Nullable String user;
  private @Nullable String password;
  private String format = "table";

  AuditCommand(Map<String, String> environment, PrintWriter out, PrintWriter err) {
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  int run(List<String> arguments) {
    if (arguments.contains("--help")) {
      out.println(USAGE);
      return 0;
    }
    try {
      read(arguments);
      List<Finding> findings = findings();
      print(findings);
      return findings.stream().anyMatch(finding -> finding.severity() == Severity.ERROR)
          ? ERRORS_FOUND
          : 0;
    } catch (TenonException error) {
      err.println(error.getMessage());
      return CALLED_WRONGLY;
    }
  }

  private void read(List<String> arguments) {
    url = environment.get("TENON_JDBC_URL");
    user = environment.get("TENON_USER");
    password = environment.get("TENON_PASSWORD");
    Iterator<String> rest = arguments.iterator();
    while (rest.hasNext()) {
      String option = rest.next();
      switch (option) {
        case "--url" -> url = value(option, rest);
        case "--user" -> user = value(option, rest);
        case "--password-file" -> password = secret(value(option, rest));
        case "--role" -> roles.add(value(option, rest));
        case "--accept" -> accepted.add(value(option, rest));
        case "--format" -> format = value(option, rest);
        default -> throw usage("an option is not known", "use only the options below");
      }
    }
    if (!format.equals("table") && !format.equals("json")) {
      throw usage("a format is not known", "pass --format table or --format json");
    }
  }

  private List<Finding> findings() {
    if (url == null) {
      throw usage("no database was named", "pass --url or set TENON_JDBC_URL");
    }
    DatabaseConfig.Builder config = DatabaseConfig.url(url).poolSize(1);
    if (user != null) {
      config.user(user);
    }
    if (password != null) {
      config.password(password);
    }
    try (Database database = Database.open(config.build())) {
      if (roles.isEmpty()) {
        roles.add(String.valueOf(database.sql().fetchValue("select session_user::text")));
      }
      TenancyAudit audit = TenancyAudit.of(database).roles(roles.toArray(String[]::new));
      for (String exception : accepted) {
        audit = accept(audit, exception);
      }
      return audit.findings();
    }
  }

  private static TenancyAudit accept(TenancyAudit audit, String exception) {
    int colon = exception.indexOf(':');
    String name = exception.substring(0, Math.max(colon, 0));
    return Arrays.stream(Rule.values())
        .filter(rule -> rule.name().equals(name))
        .findFirst()
        .map(rule -> audit.accept(rule, exception.substring(colon + 1)))
        .orElseThrow(() -> usage("--accept names no rule", "pass --accept RULE:object"));
  }

  private void print(List<Finding> findings) {
    if (format.equals("json")) {
      out.println(
          rows(findings, COLUMNS.size())
              .formatJSON(
                  JSONFormat.DEFAULT_FOR_RESULTS
                      .header(false)
                      .recordFormat(JSONFormat.RecordFormat.OBJECT)));
      return;
    }
    if (findings.isEmpty()) {
      out.println("no findings; judged roles: " + String.join(", ", roles));
      return;
    }
    out.println(rows(findings, COLUMNS.size() - 1).format(TXTFormat.DEFAULT.maxColWidth(WIDEST)));
    for (Finding finding : findings) {
      out.println("-- " + finding.rule() + " " + finding.object().replaceAll("\\R", " "));
      out.println(finding.fix());
    }
  }

  /** The first columns of the findings. */
  private static Result<Record> rows(List<Finding> findings, int columns) {
    List<String[]> rows = new ArrayList<>();
    rows.add(COLUMNS.subList(0, columns).toArray(String[]::new));
    for (Finding finding : findings) {
      String[] row = {
        finding.severity().name(),
        finding.rule().name(),
        finding.object(),
        finding.why(),
        finding.fix()
      };
      rows.add(Arrays.copyOf(row, columns));
    }
    return DSL.using(SQLDialect.POSTGRES).fetchFromStringData(rows);
  }

  private static String value(String option, Iterator<String> rest) {
    if (!rest.hasNext()) {
      throw usage(option + " has no value", "pass one behind it");
    }
    return rest.next();
  }

  private static String secret(String file) {
    try {
      return Files.readString(Path.of(file)).strip();
    } catch (IOException error) {
      throw new UsageException(
          Problem.what("the password file cannot be read")
              .where("TenancyAudit.main")
              .fix("pass --password-file with a file that holds the password and nothing else"),
          error);
    }
  }

  /** The values that were passed are left out: one could be a secret. */
  private static UsageException usage(String what, String fix) {
    return new UsageException(
        Problem.what(what)
            .where("TenancyAudit.main")
            .why(
                "options are --url --user --password-file --role --accept RULE:object --format"
                    + " table|json; the password comes from TENON_PASSWORD or a file")
            .fix(fix));
  }
}
