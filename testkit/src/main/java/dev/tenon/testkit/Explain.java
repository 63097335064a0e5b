package dev.tenon.testkit;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import java.util.Collections;
import java.util.Objects;
import org.jooq.DSLContext;
import org.jooq.Query;
import org.jooq.QueryPart;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** A statement to be explained. Immutable. */
final class Explain {

  private static final DSLContext POSTGRES = DSL.using(SQLDialect.POSTGRES);

  private final QueryPart statement;
  private final boolean generic;

  private Explain(QueryPart statement, boolean generic) {
    this.statement = statement;
    this.generic = generic;
  }

  static Explain of(String sql, Object... values) {
    return new Explain(DSL.sql(sql, values), false);
  }

  static Explain of(Query query) {
    return new Explain(query, false);
  }

  static Explain generic(String sql) {
    return new Explain(DSL.sql(sql), true);
  }

  Plan plan(Session session) {
    return generic
        ? session
            .withSetting("plan_cache_mode", "force_generic_plan")
            .transactionResult(transaction -> prepared(transaction.sql()))
        : explain(session.sql(), "explain (format json) {0}", statement);
  }

  /**
   * The driver would bind the parameters of {@code explain (generic_plan)} itself, so the statement
   * is prepared in SQL. That outlives a rollback; the savepoint lets it be taken back.
   */
  private Plan prepared(DSLContext sql) {
    sql.execute("prepare tenon_plan as {0}", statement);
    try {
      return sql.transactionResult(savepoint -> executed(savepoint.dsl()));
    } finally {
      sql.execute("deallocate tenon_plan");
    }
  }

  private static Plan executed(DSLContext sql) {
    int parameters =
        sql.resultQuery(
                """
                select pg_catalog.cardinality(parameter_types)
                from pg_catalog.pg_prepared_statements where name = 'tenon_plan'
                """)
            .fetchSingle(0, int.class);
    String values = String.join(", ", Collections.nCopies(parameters, "null"));
    return explain(
        sql,
        "explain (format json) execute tenon_plan" + (parameters == 0 ? "" : "(" + values + ")"));
  }

  Plan analyze(Session session) {
    if (generic) {
      throw new UsageException(
          Problem.what("a generic plan cannot be run")
              .where("PlanAssert.estimatesRowsWithin")
              .why("it has no values")
              .fix("use assertThatPlan(session, sql, values)"));
    }
    try {
      session.transaction(
          transaction ->
              transaction
                  .sql()
                  .transaction(
                      savepoint -> {
                        throw new Undone(
                            explain(
                                savepoint.dsl(),
                                "explain (analyze, timing off, format json) {0}",
                                statement));
                      }));
      throw new IllegalStateException("a savepoint was not rolled back");
    } catch (Undone done) {
      return done.plan;
    }
  }

  private static Plan explain(DSLContext sql, String template, QueryPart... parts) {
    return Plan.parse(
        Objects.requireNonNull(sql.resultQuery(template, parts).fetchSingle(0, String.class)));
  }

  @Override
  public String toString() {
    return POSTGRES.renderInlined(statement);
  }

  /** Rolls back what a statement did when it was explained. */
  private static final class Undone extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Plan plan;

    Undone(Plan plan) {
      super("rolled back");
      this.plan = plan;
    }
  }
}
