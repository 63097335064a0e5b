package dev.tenon.timeseries;

import dev.tenon.core.Session;
import java.time.Instant;
import java.util.Optional;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.impl.DSL;

/**
 * Where the rows of a hypertable begin: none from before may come or change any more, because they
 * are dropped or about to be.
 *
 * <p>It is kept as the definition of a function that a check constraint of the table calls. What
 * the catalog says holds for each statement that begins, whatever snapshot its transaction has, and
 * the planner puts the value into the check, so that it costs a comparison a row. A second function
 * says from where on rollups may be made anew: it follows once they have all from before.
 */
record Floor(Hypertable<?> hypertable) {

  /** Whether the table has one: it is there as soon as anything asks for it. */
  boolean exists() {
    return hypertable.retention().isPresent() || !hypertable.rollups().isEmpty();
  }

  private Name function() {
    return DSL.name(hypertable.schema(), hypertable.name() + "_floor");
  }

  String constraint() {
    return hypertable.name() + "_above_floor";
  }

  private Name sealFunction() {
    return DSL.name(hypertable.schema(), hypertable.name() + "_rolled_up_to");
  }

  /** The call, in SQL. */
  String call() {
    return Hypertable.quote(function()) + "()";
  }

  /** From where on rollups are made anew. */
  Field<Instant> sealed() {
    return DSL.field("{0}()", TimeBinding.TYPE, sealFunction());
  }

  /**
   * The functions and the constraint; leaves a floor alone that is there.
   *
   * <p>In a form that the planner draws no conclusions from: chunks below the floor have rows until
   * they are dropped.
   */
  String migrationSql() {
    String create =
        definition(sealFunction(), "-infinity")
            + definition(function(), "-infinity")
            + """
            alter table %s add constraint %s
              check (case when %s < %s then false else true end) not valid;
            """
                .formatted(
                    hypertable.quotedTable(),
                    Hypertable.quote(constraint()),
                    Hypertable.quote(hypertable.timeColumn().name()),
                    call());
    return """

    -- Where the rows begin; retention raises it before it drops what is older.
    do %1$s
    begin
      if to_regprocedure(%2$s) is null then
    %3$s  end if;
    end
    %1$s;
    """
        .formatted(quoting(create), Hypertable.literal(call()), create.indent(4));
  }

  /** The statement that raises it. */
  String raiseSql(Instant floor) {
    return definition(function(), floor.toString());
  }

  /** The statement that says that rollups have all from before. */
  String sealSql(Instant floor) {
    return definition(sealFunction(), floor.toString());
  }

  private static String definition(Name function, String floor) {
    return """
    create or replace function %s() returns timestamptz language sql stable parallel safe
      as %s;
    """
        .formatted(
            Hypertable.quote(function),
            Hypertable.literal("select timestamp with time zone '%s'".formatted(floor)));
  }

  private static String quoting(String body) {
    String quote = "$tenon$";
    for (int i = 0; body.contains(quote); i++) {
      quote = "$tenon" + i + "$";
    }
    return quote;
  }

  /** Empty until a retention has raised it. One round trip. */
  Optional<Instant> read(Session session) {
    Field<Instant> raised = DSL.field("nullif({0}(), '-infinity')", TimeBinding.TYPE, function());
    return Statements.explained(
        hypertable, "floor", () -> session.sql().select(raised).fetchOptional(raised));
  }
}
