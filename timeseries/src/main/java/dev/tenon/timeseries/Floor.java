package dev.tenon.timeseries;

import dev.tenon.core.Session;
import dev.tenon.core.internal.DollarQuote;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.impl.DSL;

/**
 * Where the rows of a hypertable begin: none from before may come any more, because those are
 * dropped or about to be.
 *
 * <p>It is kept as the definition of a function that the condition of a trigger calls. What the
 * catalog says holds for each statement that begins, whatever snapshot its transaction has, and the
 * planner puts the value into the condition, so that it costs a comparison a row. A trigger,
 * because a check constraint would keep a dump from being restored, and have the planner leave out
 * chunks that still have rows. A second function says of each rollup from where on it may be made
 * anew: it follows once the rollup has all from before.
 */
record Floor(Hypertable<?> hypertable) {

  /** Whether the table has one: it is there as soon as anything asks for it. */
  boolean exists() {
    return hypertable.retention().isPresent() || !hypertable.rollups().isEmpty();
  }

  private Name function() {
    return DSL.name(hypertable.schema(), hypertable.name() + "_floor");
  }

  /** The function of the trigger, which names itself where it refuses a row. */
  String refusal() {
    return hypertable.name() + "_above_floor";
  }

  private Name sealFunction() {
    return DSL.name(hypertable.schema(), hypertable.name() + "_rolled_up_to");
  }

  /** The call, in SQL. */
  String call() {
    return Hypertable.quote(function()) + "()";
  }

  /** From where on a rollup is made anew. */
  Field<Instant> sealed(String rollup) {
    return DSL.field("{0}({1})", TimeBinding.TYPE, sealFunction(), DSL.inline(rollup));
  }

  /**
   * The functions and the trigger.
   *
   * @param isNew whether the table is; the floor of one that is there is left alone
   */
  String migrationSql(boolean isNew) {
    String functions = sealSql(Map.of()) + raiseSql("-infinity");
    String refuse =
        """

        create or replace function %1$s() returns trigger
        language plpgsql set search_path = pg_catalog, pg_temp
        as %2$s
        begin
          raise check_violation using message = %3$s;
        end
        %2$s;
        """
            .formatted(
                Hypertable.quote(DSL.name(hypertable.schema(), refusal())),
                DollarQuote.around(refusal()),
                Hypertable.literal("a row is older than allowed by " + refusal()));
    return "\n-- Where the rows begin; retention raises it before it drops what is older.\n"
        + (isNew ? functions : unlessThere(functions))
        + refuse
        + BaseTable.statements(hypertable, isNew, this::triggerSql);
  }

  private String triggerSql(String table) {
    return """
    create or replace trigger tenon_floor after insert or update on %1$s
      for each row when (new.%2$s < %3$s) execute function %4$s();
    """
        .formatted(
            table,
            Hypertable.quote(hypertable.timeColumn().name()),
            call(),
            Hypertable.quote(DSL.name(hypertable.schema(), refusal())));
  }

  private String unlessThere(String functions) {
    return """
    do %1$s
    begin
      if to_regprocedure(%2$s) is null then
    %3$s  end if;
    end
    %1$s;
    """
        .formatted(DollarQuote.around(functions), Hypertable.literal(call()), functions);
  }

  /** The statement that raises it. */
  String raiseSql(Instant floor) {
    return raiseSql(floor.toString());
  }

  private String raiseSql(String floor) {
    return definition(call(), "select timestamp with time zone '%s'".formatted(floor));
  }

  /** The statement that says up to where rollups have all there was. */
  String sealSql(Map<String, Instant> seals) {
    String cases =
        seals.entrySet().stream()
            .map(
                seal ->
                    " when %s then timestamp with time zone '%s'"
                        .formatted(Hypertable.literal(seal.getKey()), seal.getValue()))
            .collect(Collectors.joining());
    String otherwise = "timestamp with time zone '-infinity'";
    return definition(
        Hypertable.quote(sealFunction()) + "(rollup text)",
        "select "
            + (cases.isEmpty() ? otherwise : "case $1" + cases + " else " + otherwise + " end"));
  }

  private static String definition(String function, String body) {
    return """
    create or replace function %s returns timestamptz language sql stable parallel safe
      as %s;
    """
        .formatted(function, Hypertable.literal(body));
  }

  /** Empty until a retention has raised it. One round trip. */
  Optional<Instant> read(Session session) {
    return read(session, DSL.field("{0}()", TimeBinding.TYPE, function()));
  }

  /** Up to where a rollup has all there was. */
  Optional<Instant> readSeal(Session session, String rollup) {
    return read(session, sealed(rollup));
  }

  private Optional<Instant> read(Session session, Field<Instant> value) {
    Field<Instant> raised = DSL.field("nullif({0}, '-infinity')", TimeBinding.TYPE, value);
    return Statements.explained(
        hypertable, "floor", () -> session.sql().select(raised).fetchOptional(raised));
  }
}
