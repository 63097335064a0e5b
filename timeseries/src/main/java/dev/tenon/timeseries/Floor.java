package dev.tenon.timeseries;

import dev.tenon.core.Session;
import java.time.Instant;
import java.util.Optional;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * Where the rows of a hypertable begin: those from before are dropped or about to be, and none may
 * come again.
 *
 * <p>It is kept as the definition of a function that a check constraint of the table calls. What
 * the catalog says holds for each statement that begins, whatever snapshot its transaction has, and
 * the planner puts the value into the check, so that it costs a comparison a row.
 */
record Floor(Hypertable<?> hypertable) {

  /** Whether the table has one: it is there as soon as anything asks for it. */
  boolean exists() {
    return hypertable.retention().isPresent() || !hypertable.rollups().isEmpty();
  }

  Name function() {
    return DSL.name(hypertable.schema(), hypertable.name() + "_floor");
  }

  String constraint() {
    return hypertable.name() + "_above_floor";
  }

  /** The call, in SQL. */
  String call() {
    return Hypertable.quote(function()) + "()";
  }

  Field<Instant> field() {
    return DSL.field("{0}()", SQLDataType.INSTANT, function());
  }

  /** The function and its constraint; leaves a floor alone that is there. */
  String migrationSql() {
    String create =
        definition("-infinity")
            + """
            alter table %s add constraint %s check (%s >= %s) not valid;
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
    return definition(floor.toString());
  }

  private String definition(String floor) {
    return """
    create or replace function %s returns timestamptz language sql stable parallel safe
      as %s;
    """
        .formatted(
            call(), Hypertable.literal("select timestamp with time zone '%s'".formatted(floor)));
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
    Field<Instant> raised = DSL.field("nullif({0}, '-infinity')", SQLDataType.INSTANT, field());
    return Statements.explained(
        hypertable, "floor", () -> session.sql().select(raised).fetchOptional(raised));
  }
}
