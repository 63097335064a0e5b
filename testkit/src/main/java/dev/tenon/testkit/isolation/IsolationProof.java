package dev.tenon.testkit.isolation;

import dev.tenon.core.ServerException;
import dev.tenon.core.TenantId;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Attacks every table of tenants in a test's database as the application's role, and fails where
 * something of another tenant was seen, changed or written, or where a table that the role may read
 * has a tenant column and was not declared.
 *
 * <p>Every table that {@code tenon.isolation} declares is read, written, copied and probed through
 * its keys, its partitions, and the views and routines that the role may use: as another tenant and
 * as none, on fresh and on reused connections, after a rollback, after an error, behind PgBouncer.
 * Both tenants need a row in every table, because a fence around nothing cannot be seen to hold.
 *
 * <p>Views, functions, aggregates and procedures are also asked twice, with the rows of the other
 * and without them, and must answer the same and leave them as they are. Routines are called with
 * null and with values of the other's rows. Each statement is rolled back; what does not roll back,
 * such as a sequence, or code that reaches out of the database, is done.
 *
 * <pre>{@code
 * assertThatIsolation(database).between(acme, bolt).holds();
 * }</pre>
 *
 * <p>Immutable; not for use by several threads on one database.
 */
public final class IsolationProof {

  private static final String NO_ROWS = "not proved: each of the two tenants needs a row";

  private final TestDatabase database;
  private final Credentials role;
  private final TenantId one;
  private final TenantId other;
  private final boolean acceptsMissingBarriers;

  private IsolationProof(
      TestDatabase database,
      Credentials role,
      TenantId one,
      TenantId other,
      boolean acceptsMissingBarriers) {
    this.database = database;
    this.role = role;
    this.one = one;
    this.other = other;
    this.acceptsMissingBarriers = acceptsMissingBarriers;
  }

  /** Begins a proof on a database with the application's schema and rows. */
  public static Subject assertThatIsolation(TestDatabase database) {
    return new Subject(database);
  }

  /** A database whose tenants are still to be named. */
  public static final class Subject {

    private final TestDatabase database;

    private Subject(TestDatabase database) {
      this.database = database;
    }

    /** Two tenants with rows in every table; each attacks the other. */
    public IsolationProof between(TenantId one, TenantId other) {
      if (one.equals(other)) {
        throw new IllegalArgumentException("a tenant is not isolated from itself: " + one);
      }
      return new IsolationProof(database, database.application(), one, other, false);
    }

    /** Two tenants with rows in every table; each attacks the other. */
    public IsolationProof between(UUID one, UUID other) {
      return between(TenantId.of(one), TenantId.of(other));
    }
  }

  /**
   * The same, attacked as another role than {@link TestDatabase#application()}: one that may log
   * in, has the rights of the application, and none that the role guard refuses.
   */
  public IsolationProof as(Credentials attacker) {
    return new IsolationProof(database, attacker, one, other, acceptsMissingBarriers);
  }

  /**
   * The same, but fences that were declared {@code withoutBarrier()} are not attacked by conditions
   * that run before their predicate: for applications whose conditions are all their own.
   */
  public IsolationProof acceptingFencesWithoutBarrier() {
    return new IsolationProof(database, role, one, other, true);
  }

  /**
   * Attacks under every condition.
   *
   * @throws AssertionError with every leak that was found
   */
  public void holds() {
    Targets targets = targets();
    Verdict verdict = attack(targets, Condition.values());
    List<String> failures = new ArrayList<>();
    List<Leak> leaks = Leak.merged(verdict.leaks());
    if (!leaks.isEmpty()) {
      failures.add("%d leaks between %s and %s:".formatted(leaks.size(), one, other));
      leaks.forEach(leak -> failures.add(leak.toString()));
    }
    List<String> empty = withoutRows(targets);
    if (!empty.isEmpty()) {
      failures.add(NO_ROWS + " in " + String.join(", ", empty));
    }
    List<String> unproved =
        verdict.unproved().stream().map(what -> "tenon-testkit: not proved: " + what).toList();
    if (!failures.isEmpty()) {
      failures.addAll(unproved);
      throw new AssertionError(String.join("\n", failures));
    }
    unproved.forEach(System.err::println);
  }

  /**
   * The leaks that {@link #holds} would name, each once, and the tables that it would call not
   * proved because a tenant has no row in them.
   */
  public List<Leak> leaks() {
    Targets targets = targets();
    List<Leak> found = new ArrayList<>(attack(targets, Condition.values()).leaks());
    withoutRows(targets)
        .forEach(table -> found.add(new Leak(table, "attack it", "any condition", NO_ROWS)));
    return Leak.merged(found);
  }

  private List<String> withoutRows(Targets targets) {
    Rows rows = rows(targets, one, other);
    return targets.tables().stream()
        .filter(table -> rows.of(table).mine() == null || rows.of(table).theirs() == null)
        .map(TargetTable::relation)
        .toList();
  }

  /**
   * What {@link #holds} attacks and cannot decide, with the reason: a routine that could not be
   * called, an answer that is another each time, a policy that looks at more than the tenant, a
   * table that the role may not read.
   *
   * <p>{@link #holds} does not fail for it, and prints it to standard error.
   */
  public List<String> unproved() {
    return List.copyOf(attack(targets()).unproved());
  }

  /**
   * Takes away each part of the fence in turn, one by one, and demands that the proof sees it: what
   * shows that the proof can fail. Each part is put back. A part that shows only to a right that
   * the role does not have stays.
   *
   * @throws AssertionError if a part was taken away and the proof still held, or if it does not
   *     hold to begin with
   */
  public MutationReport killsEveryMutant() {
    holds();
    Targets targets = targets();
    MutationReport report = Mutants.of(database, role, targets, one).run(() -> findsAny(targets));
    if (!report.survivors().isEmpty()) {
      throw new AssertionError("the proof did not see: " + report.survivors());
    }
    return report;
  }

  /** Stops at the first leak; the cheapest condition comes first. */
  private boolean findsAny(Targets targets) {
    return Stream.of(Condition.REUSED, Condition.FRESH)
            .anyMatch(
                condition ->
                    !sessions(targets, one, other, condition).isEmpty()
                        || !sessions(targets, other, one, condition).isEmpty())
        || !secrets(targets, one, other).leaks().isEmpty()
        || !secrets(targets, other, one).leaks().isEmpty();
  }

  private Targets targets() {
    try (Connection superuser = database.dataSource(database.superuser()).getConnection()) {
      return Targets.read(superuser, role.user());
    } catch (SQLException error) {
      throw new IllegalStateException("the catalogue could not be read", error);
    }
  }

  private Verdict attack(Targets targets, Condition... conditions) {
    Verdict verdict = new Verdict();
    verdict.leaks().addAll(targets.lost());
    targets.undeclared().stream()
        .filter(table -> table.tenant() == null)
        .forEach(
            table ->
                verdict
                    .unproved()
                    .add(table.relation() + ": it is not declared, and has no tenant column"));
    targets.tables().stream()
        .filter(table -> !table.may("SELECT"))
        .forEach(
            table ->
                verdict
                    .unproved()
                    .add(
                        "%s: %s may not read it; what a right to read would show was not tried"
                            .formatted(table.relation(), role.user())));
    verdict.leaks().addAll(sessions(targets, one, other, conditions));
    verdict.leaks().addAll(sessions(targets, other, one, conditions));
    verdict.leaks().addAll(inTurn(targets, one, other));
    verdict.leaks().addAll(inTurn(targets, other, one));
    return verdict.and(secrets(targets, one, other)).and(secrets(targets, other, one));
  }

  /** What an application's sessions can do. */
  private List<Leak> sessions(
      Targets targets, TenantId attacker, TenantId victim, Condition... conditions) {
    List<Leak> leaks = new ArrayList<>();
    Rows rows = rows(targets, attacker, victim);
    for (Condition condition : conditions) {
      try (Condition.Reached reached = condition.reach(database, role)) {
        Attacker run;
        try {
          run = reached.attacker(attacker, victim, rows);
        } catch (ServerException guard) {
          leaks.add(new Leak(role.user(), "start", "as an application", guard.problem().what()));
          break;
        }
        for (TargetTable table : targets.tables()) {
          new TableAttacks(run, table).run();
          if (!acceptsMissingBarriers || table.barrier() || !table.fenced()) {
            new ExpressionAttacks(run, table).run();
          }
        }
        targets.undeclared().forEach(table -> table.attack(run));
        new SurfaceAttacks(run, targets).run();
        leaks.addAll(run.leaks());
      }
    }
    leaks.addAll(OwnerAttacks.run(database, targets, attacker, victim));
    return leaks;
  }

  /** What a connection keeps of one tenant for the next. */
  private List<Leak> inTurn(Targets targets, TenantId attacker, TenantId victim) {
    try (Connection superuser = database.dataSource(database.superuser()).getConnection()) {
      Rows rows = Rows.read(superuser, targets.tables(), attacker, victim);
      Arguments arguments = Arguments.read(superuser, targets.tables(), victim);
      return Turns.run(database.dataSource(role), targets, rows, arguments, attacker, victim);
    } catch (SQLException error) {
      throw new IllegalStateException("the tenants could not take turns", error);
    }
  }

  /** What shows only to somebody who sees the rows of both. */
  private Verdict secrets(Targets targets, TenantId attacker, TenantId victim) {
    Verdict verdict = new Verdict();
    Rows rows = rows(targets, attacker, victim);
    try (Impersonation impersonation = Impersonation.begin(database, role, attacker, victim)) {
      for (TargetTable table : targets.tables()) {
        new SideAttacks(impersonation, targets, table, rows, verdict).run();
        new CascadeAttacks(impersonation, targets, table, rows, verdict).run();
        new KeyProbes(impersonation, targets, table, rows, verdict).run();
      }
      for (WritableView view : targets.writableViews()) {
        new ViewAttacks(impersonation, targets, view, rows, verdict).run();
      }
      Arguments arguments = Arguments.read(impersonation.connection(), targets.tables(), victim);
      new Interference(impersonation, targets, rows, arguments, verdict).run();
    } catch (SQLException error) {
      throw new IllegalStateException("the rows of both could not be compared", error);
    }
    return verdict;
  }

  private Rows rows(Targets targets, TenantId mine, TenantId theirs) {
    try (Connection superuser = database.dataSource(database.superuser()).getConnection()) {
      return Rows.read(superuser, targets.tables(), mine, theirs);
    } catch (SQLException error) {
      throw new IllegalStateException("the rows of the tenants could not be read", error);
    }
  }
}
