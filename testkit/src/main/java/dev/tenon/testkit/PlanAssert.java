package dev.tenon.testkit;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import java.util.List;
import org.assertj.core.api.AbstractAssert;
import org.jooq.Query;
import org.jspecify.annotations.Nullable;

/**
 * Facts of the plan that PostgreSQL makes for a statement, out of {@code EXPLAIN (FORMAT JSON)}.
 *
 * <p>The statement is explained in the session given, so of a tenant session it is the plan under
 * the tenant's policy, for the role that the session has. It is explained once, at the first fact;
 * only {@link #estimatesRowsWithin} runs it. A failure shows the plan. Each instance belongs to one
 * thread.
 *
 * <p>On tables of a few rows a sequential scan is the right plan: write enough rows and {@code
 * analyze}, or ask with {@link #assuming} whether an index could be used at all.
 */
public final class PlanAssert extends AbstractAssert<PlanAssert, String> {

  private final Session session;
  private final Explain explain;
  private @Nullable Plan plan;

  private PlanAssert(Session session, Explain explain) {
    super(explain.toString(), PlanAssert.class);
    this.session = session;
    this.explain = explain;
  }

  /**
   * The plan for these values.
   *
   * @param sql with a question mark for each value, as {@code session.sql().fetch(sql, values)}
   *     takes it
   */
  public static PlanAssert assertThatPlan(Session session, String sql, Object... values) {
    return new PlanAssert(session, Explain.of(sql, values));
  }

  /** The plan of a statement of jOOQ's, for the values that it has. */
  public static PlanAssert assertThatPlan(Session session, Query query) {
    return new PlanAssert(session, Explain.of(query));
  }

  /**
   * The plan for all values, which the server keeps for a statement that is prepared and run again
   * and again. The types of the parameters are those that the statement implies.
   *
   * @param sql with parameters {@code $1}, {@code $2}, as a {@link QueryLog} has it
   */
  public static PlanAssert assertThatGenericPlan(Session session, String sql) {
    return new PlanAssert(session, Explain.generic(sql));
  }

  /**
   * The same statement, explained under one more server setting.
   *
   * <p>With {@code enable_seqscan} off a fact says that a plan is possible, not that the server
   * chooses it.
   */
  public PlanAssert assuming(String setting, String value) {
    return new PlanAssert(session.withSetting(setting, value), explain);
  }

  /** Some node reads this index; of a partition or chunk it has a name of its own. */
  public PlanAssert usesIndex(String name) {
    List<String> used = plan().indexes();
    if (!used.contains(name)) {
      fail("the plan to use the index " + name + ", but it uses " + used);
    }
    return this;
  }

  /**
   * The plan reads this table, and nowhere from end to end.
   *
   * @param table without its schema; a partition or chunk has a name of its own
   */
  public PlanAssert hasNoSeqScanOn(String table) {
    List<PlanNode> reads = plan().nodes(node -> node.relation().equals(table));
    if (reads.isEmpty()) {
      fail("the plan to read the table " + table + ", but it reads " + plan().relations());
    }
    if (reads.stream().anyMatch(PlanNode::isSeqScan)) {
      fail("no sequential scan on " + table + ", but there is one");
    }
    return this;
  }

  /**
   * Something is computed once, before the rows: of a policy that says {@code (select
   * tenon.current_tenant())} the tenant, which is otherwise asked for each row.
   */
  public PlanAssert hasInitPlan() {
    if (plan().nodes(PlanNode::isInitPlan).isEmpty()) {
      fail("an init plan, but there is none: what does not depend on a row is asked for each");
    }
    return this;
  }

  /**
   * The planner's number of rows is at most this many times too high or too low, at each node that
   * ran, those below a LIMIT left out, and none counted as one.
   *
   * <p>It runs the statement, in a savepoint that is rolled back.
   *
   * @param factor 1 or more
   * @throws UsageException of a generic plan, which has no values to run with
   */
  public PlanAssert estimatesRowsWithin(double factor) {
    if (!(factor >= 1)) {
      throw new UsageException(
          Problem.what("an estimate cannot be within a factor of " + factor)
              .where("PlanAssert.estimatesRowsWithin")
              .why("1 says that it is exact")
              .fix("pass 1 or more"));
    }
    Plan ran = explain.analyze(session);
    List<PlanNode> wrong = ran.nodes(node -> node.misjudgedBy() > factor);
    if (!wrong.isEmpty()) {
      fail(ran, "estimates within a factor of " + factor + ", but they are off at " + wrong);
    }
    return this;
  }

  private Plan plan() {
    Plan known = plan;
    if (known == null) {
      known = explain.plan(session);
      plan = known;
    }
    return known;
  }

  private void fail(String expected) {
    fail(plan(), expected);
  }

  private void fail(Plan shown, String expected) {
    failWithMessage("%nExpected %s.%nThe plan:%n%s%nThe statement:%n%s", expected, shown, explain);
  }
}
