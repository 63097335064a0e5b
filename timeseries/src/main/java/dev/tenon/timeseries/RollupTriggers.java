package dev.tenon.timeseries;

import dev.tenon.core.internal.DollarQuote;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What tells the rollups of changes that are made by others than an append, and who is told.
 *
 * <p>An insert is watched row by row, because a transition table would be filled for every append,
 * and Tenon's own says what it changed by itself; a change or a removal is watched as a whole.
 */
final class RollupTriggers {

  private static final String CHANGE_BY_ROW =
      """
      drop trigger if exists tenon_rollup_update on %1$s;
      drop trigger if exists tenon_rollup_delete on %1$s;
      create or replace trigger tenon_rollup_change after update or delete on %1$s
        for each row execute function %2$s();
      """;

  private static final String CHANGE_BY_STATEMENT =
      """
      drop trigger if exists tenon_rollup_change on %1$s;
      create or replace trigger tenon_rollup_update after update on %1$s
        referencing old table as tenon_before new table as tenon_after
        for each statement execute function %2$s();
      create or replace trigger tenon_rollup_delete after delete on %1$s
        referencing old table as tenon_before
        for each statement execute function %2$s();
      """;

  private final Hypertable<?> hypertable;
  private final ChangeLog log;
  private final String quote;

  private RollupTriggers(Hypertable<?> hypertable) {
    this.hypertable = hypertable;
    this.log = new ChangeLog(hypertable);
    this.quote =
        DollarQuote.around(hypertable.quotedTable() + tenant() + time() + hypertable.rollups());
  }

  /** The functions and their triggers; may run again. */
  static String sql(Hypertable<?> hypertable, boolean isNew) {
    RollupTriggers triggers = new RollupTriggers(hypertable);
    return triggers.rollupsFunction()
        + triggers.appendFunction()
        + triggers.insertFunction()
        + (triggers.byRow() ? triggers.rowChangeFunction() : triggers.changeFunction())
        + triggers.truncateFunction()
        + BaseTable.statements(hypertable, isNew, triggers::statements);
  }

  /** Which rollups there are is known by the database, as instances are replaced one by one. */
  private String rollupsFunction() {
    String ofRollups =
        hypertable.rollups().stream()
            .map(rollup -> when(Hypertable.literal(rollup.name()), other -> rollup.equals(other)))
            .collect(Collectors.joining("\n    "));
    return """

    -- The rollups that are made from the rows (''), or from a rollup.
    create or replace function %1$s(source text) returns text[]
    language sql immutable parallel safe set search_path = pg_catalog, pg_temp
    as %2$s
      select case source
        %3$s
        %4$s
        else array[]::text[] end
    %2$s;
    """
        .formatted(
            Hypertable.quote(log.rollupsFunction()),
            quote,
            when(ChangeLog.ROWS, source -> source == null),
            ofRollups);
  }

  private String when(String source, Predicate<@Nullable Rollup> isSource) {
    List<String> names =
        hypertable.rollups().stream()
            .filter(rollup -> isSource.test(rollup.source()))
            .map(rollup -> Hypertable.literal(rollup.name()))
            .toList();
    return "when %s then array[%s]::text[]".formatted(source, String.join(", ", names));
  }

  /**
   * What an append says of itself holds for the rows that it sends. Where a trigger may have moved
   * them, or the rows are a trigger's own, each row is watched after all. TimescaleDB's own trigger
   * moves nothing.
   */
  private String appendFunction() {
    return """

    create or replace function %1$s() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
    as %2$s
    begin
      if pg_trigger_depth() > 1 or exists (
          select from pg_trigger
           where tgrelid = tg_relid and tgtype & 7 = 7 and tgenabled in ('O', 'A')
             and not tgisinternal and tgname <> 'ts_insert_blocker') then
        perform set_config('%3$s', '', true);
      end if;
      return null;
    end
    %2$s;
    """
        .formatted(Hypertable.quote(log.appendFunction()), quote, ChangeLog.LOGGED_SETTING);
  }

  private String insertFunction() {
    return rowFunction(Hypertable.quote(log.insertFunction()), tell("new"));
  }

  /** Tables with a columnstore refuse transition tables of removals. */
  private boolean byRow() {
    return hypertable.columnstoreAfter().isPresent();
  }

  private String rowChangeFunction() {
    return rowFunction(
        Hypertable.quote(log.changeFunction()),
        tell("old") + "if tg_op = 'UPDATE' then\n" + tell("new") + "end if;\n");
  }

  private String rowFunction(String name, String statements) {
    return """

    create or replace function %1$s() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
    as %2$s
    declare
      bucket timestamptz;
      mark text;
    begin
    %3$s  return null;
    end
    %2$s;
    """
        .formatted(name, quote, statements);
  }

  /** Tells of the bucket of a row; rows of one bucket that follow each other tell once. */
  private String tell(String row) {
    return """
    bucket := %1$s;
    mark := %2$s.%3$s || ' ' || extract(epoch from bucket);
    if current_setting('%4$s', true) is distinct from mark then
      insert into %5$s (%3$s, rollup, from_time, to_time)
      select %2$s.%3$s, unnest(%6$s), bucket, bucket + %7$s;
      perform set_config('%4$s', mark, true);
    end if;
    """
        .formatted(
            log.grainOf(row + "." + time()),
            row,
            tenant(),
            log.markSetting(),
            log.quotedLog(),
            log.madeFrom(ChangeLog.ROWS),
            log.grainInterval());
  }

  private String changeFunction() {
    return """

    create or replace function %1$s() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
    as %2$s
    begin
      if tg_op = 'DELETE' then
        insert into %3$s (%4$s, rollup, from_time, to_time)
        select owner, unnest(%5$s), lower(changed), upper(changed)
          from (select owner, unnest(range_agg(tstzrange(bucket, bucket + %6$s))) as changed
                  from (select distinct %4$s as owner, %7$s as bucket from tenon_before) of_all
                 group by owner) ranges;
      else
        insert into %3$s (%4$s, rollup, from_time, to_time)
        select owner, unnest(%5$s), lower(changed), upper(changed)
          from (select owner, unnest(range_agg(tstzrange(bucket, bucket + %6$s))) as changed
                  from (select %4$s as owner, %7$s as bucket from tenon_before
                        union
                        select %4$s, %7$s from tenon_after) of_all
                 group by owner) ranges;
      end if;
      return null;
    end
    %2$s;
    """
        .formatted(
            Hypertable.quote(log.changeFunction()),
            quote,
            log.quotedLog(),
            tenant(),
            log.madeFrom(ChangeLog.ROWS),
            log.grainInterval(),
            log.grainOf(time()));
  }

  private String truncateFunction() {
    return """

    create or replace function %1$s() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
    as %2$s
    begin
      truncate %3$s;
      return null;
    end
    %2$s;
    """
        .formatted(Hypertable.quote(log.truncateFunction()), quote, log.quotedState());
  }

  private String statements(String table) {
    return """

    create or replace trigger tenon_rollup_append before insert on %1$s
      for each statement when (current_setting('%2$s', true) = %3$s)
      execute function %6$s();
    create or replace trigger tenon_rollup_insert after insert on %1$s
      for each row when (current_setting('%2$s', true) is distinct from %3$s)
      execute function %4$s();
    create or replace trigger tenon_rollup_truncate after truncate on %1$s
      for each statement execute function %5$s();
    %7$s"""
        .formatted(
            table,
            ChangeLog.LOGGED_SETTING,
            Hypertable.literal(hypertable.quotedTable()),
            Hypertable.quote(log.insertFunction()),
            Hypertable.quote(log.truncateFunction()),
            Hypertable.quote(log.appendFunction()),
            (byRow() ? CHANGE_BY_ROW : CHANGE_BY_STATEMENT)
                .formatted(table, Hypertable.quote(log.changeFunction())));
  }

  private String time() {
    return Hypertable.quote(hypertable.timeColumn().name());
  }

  private String tenant() {
    return Hypertable.quote(hypertable.tenantColumn());
  }
}
