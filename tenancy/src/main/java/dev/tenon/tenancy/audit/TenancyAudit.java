package dev.tenon.tenancy.audit;

import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds the holes in the isolation of a whole database, from its catalogue.
 *
 * <p>One read-only transaction in one snapshot, one statement for each family of rules; any role
 * that may connect can run it. Judged are the rights of the roles named by {@link #roles}, of every
 * role that these may become, and of PUBLIC. What belongs to an extension is judged by what it
 * reads; what PostgreSQL and TimescaleDB came with is left out; what is Tenon's is compared with
 * what its migrations make. Immutable; each method returns a changed copy. Safe for use by many
 * threads if the session is.
 *
 * <pre>{@code
 * TenancyAudit.of(owner).roles("app").requireClean();
 * }</pre>
 */
public final class TenancyAudit {

  private static final Comparator<Finding> ORDER =
      Comparator.comparing(Finding::severity)
          .thenComparing(Finding::rule)
          .thenComparing(Finding::object);

  private record Accepted(Finding.Rule rule, String object) {}

  private final Session session;
  private final Set<String> roles;
  private final Set<Accepted> accepted;

  private TenancyAudit(Session session, Set<String> roles, Set<Accepted> accepted) {
    this.session = session;
    this.roles = roles;
    this.accepted = accepted;
  }

  /** The audit of a database, for the role of the session; no I/O. */
  public static TenancyAudit of(Session session) {
    return new TenancyAudit(session, Set.of(), Set.of());
  }

  /**
   * Judges these roles, those of the application, instead of the session's own.
   *
   * @throws UsageException if no role is named
   */
  public TenancyAudit roles(String... names) {
    if (names.length == 0) {
      throw new UsageException(
          Problem.what("no role was named")
              .where("TenancyAudit.roles")
              .fix("name the role that the application connects as"));
    }
    return new TenancyAudit(session, new LinkedHashSet<>(List.of(names)), accepted);
  }

  /**
   * Leaves out a finding that somebody has looked at, such as a reviewed SECURITY DEFINER function.
   *
   * @param object as {@link Finding#object} writes it
   */
  public TenancyAudit accept(Finding.Rule rule, String object) {
    Set<Accepted> more = new LinkedHashSet<>(accepted);
    more.add(new Accepted(rule, object));
    return new TenancyAudit(session, roles, more);
  }

  /**
   * All findings, the worst first.
   *
   * <p>In a session that is a transaction already it runs there, under that transaction's isolation
   * level.
   *
   * @throws ServerException if {@link dev.tenon.tenancy.TenancyMigrations} did not run, or a role
   *     does not exist
   */
  public List<Finding> findings() {
    if (session instanceof Transaction transaction) {
      return sweep(transaction);
    }
    return session.transactionResult(
        Transaction.Options.defaults()
            .withIsolation(Transaction.Options.Isolation.REPEATABLE_READ)
            .asReadOnly(),
        this::sweep);
  }

  /**
   * Does nothing if there is no finding of severity ERROR: for start-up and for tests.
   *
   * @throws ServerException that lists the errors with their SQL
   */
  public void requireClean() {
    List<Finding> errors =
        findings().stream()
            .filter(finding -> finding.severity() == Finding.Severity.ERROR)
            .toList();
    if (!errors.isEmpty()) {
      throw new ServerException(
          Problem.what("the schema does not keep tenants apart: " + errors.size() + " errors")
              .where("TenancyAudit.requireClean")
              .why(errors.stream().map(Finding::toString).collect(Collectors.joining("\n    ")))
              .fix(
                  "run, after a look at it, as the owner:\n"
                      + errors.stream().map(Finding::fix).collect(Collectors.joining("\n"))));
    }
  }

  /**
   * Prints the findings of a database and exits with 1 if there is one of severity ERROR, with 2 if
   * it was called wrongly or cannot be run, else with 0.
   *
   * <p>Options are {@code --url}, {@code --user}, {@code --password-file}, {@code --role} and
   * {@code --accept} (both may be repeated), {@code --format table|json} and {@code --help}. URL,
   * user and password may come from the environment instead: {@code TENON_JDBC_URL}, {@code
   * TENON_USER}, {@code TENON_PASSWORD}. A password is not taken as an argument, where every
   * process could read it.
   */
  public static void main(String... arguments) {
    PrintWriter out = new PrintWriter(System.out, false, Charset.defaultCharset());
    PrintWriter err = new PrintWriter(System.err, false, Charset.defaultCharset());
    int code = new AuditCommand(System.getenv(), out, err).run(List.of(arguments));
    out.flush();
    err.flush();
    System.exit(code);
  }

  private List<Finding> sweep(Transaction transaction) {
    Sweep sweep = Sweep.begin(transaction, roles);
    List<Finding> findings = new ArrayList<>();
    findings.addAll(RoleRules.find(sweep));
    findings.addAll(BindingRules.find(sweep));
    findings.addAll(RegistryRules.find(sweep));
    findings.addAll(DeclarationRules.find(sweep));
    findings.addAll(PolicyRules.find(sweep));
    findings.addAll(FenceRules.find(sweep));
    findings.addAll(KeyRules.find(sweep));
    findings.addAll(IndexRules.find(sweep));
    findings.addAll(PathRules.find(sweep));
    findings.addAll(CodeRules.find(sweep));
    findings.addAll(BodyRules.find(sweep));
    findings.addAll(RightRules.find(sweep));
    findings.addAll(ServerRules.find(sweep));
    findings.removeIf(finding -> accepted.contains(new Accepted(finding.rule(), finding.object())));
    findings.sort(ORDER);
    return List.copyOf(findings);
  }
}
