package dev.tenon.timeseries;

import java.time.Duration;
import org.jooq.impl.DSL;

/**
 * The function that refreshes one rollup of one tenant by a step, in a transaction that is READ
 * COMMITTED: every statement of it sees what was committed before.
 *
 * <p>It runs with the rights of whoever calls it. Its variables begin with an underscore, which no
 * column does.
 */
final class RollupStep {

  /** So many rows of the log are taken in one step. */
  static final int MOST_TAKEN = 1_000;

  /** So many buckets that cannot be made are looked for in one step. */
  private static final int MOST_UNMADE = 500;

  /** What a value is to blame for, or too many of them. */
  private static final String UNMADE =
      "data_exception or integrity_constraint_violation or program_limit_exceeded";

  /** A step ends behind the part with which it has read or removed so many rows. */
  static final int MOST_READ = 100_000;

  /** A part takes as long as it takes to read so many rows, even if there are none. */
  private static final int ROWS_A_PART = 1_000;

  /** A part of a coarser rollup is made of so many buckets, where all of it has to be made. */
  private static final int BUCKETS_A_PART = 1_000;

  private final Hypertable<?> hypertable;
  private final RollupTable table;
  private final ChangeLog log;
  private final String tenant;
  private final String name;

  RollupStep(Hypertable<?> hypertable, RollupTable table) {
    this.hypertable = hypertable;
    this.table = table;
    this.log = new ChangeLog(hypertable);
    this.tenant = Hypertable.quote(hypertable.tenantColumn());
    this.name = Hypertable.literal(table.rollup().name());
  }

  String function() {
    return table.quoted("_step");
  }

  String sql() {
    return RollupRemake.created(
        function()
            + "(uuid, boolean, out _more boolean, out _stored bigint, out _removed bigint,"
            + " out _unmade text)",
        body());
  }

  private String body() {
    return """
    declare
      _as_of timestamptz;
      _taken bigint;
      _changed tstzmultirange;
      _committed xid[];
      _todo tstzrange[];
      _next int := 1;
      _now tstzmultirange;
      _made tstzmultirange := '{}';
      _later tstzmultirange := '{}';
      _held tstzmultirange := '{}';
      _halves tstzrange[] := '{}';
      _top int := 0;
      _failed int := 0;
      _read bigint := 0;
      _window interval;
      _left interval;
      _length interval;
      _range tstzrange;
      _from timestamptz;
      _to timestamptz;
      _end timestamptz;
    """
        + "begin\n"
        + lockRows()
        + begin()
        + take()
        + awaitChunks()
        + parts()
        + tell()
        + finish()
        + "end\n";
  }

  /** The rows ahead of the state, as who truncates them does. */
  private String lockRows() {
    return table.source() == null
        ? "lock table only %s in access share mode;\n".formatted(hypertable.quotedTable())
        : "";
  }

  /**
   * Of one rollup of a tenant one step runs at a time. A tenant without a state gets one, and all
   * there is to make. What was committed before now, or before the source's own age, is in the
   * rollup once all that the log tells of is: it is read before any row of the log is looked at.
   */
  private String begin() {
    RollupTable source = table.source();
    return """
    if current_setting('transaction_isolation') <> 'read committed' then
      raise invalid_transaction_state using message = 'a refresh needs READ COMMITTED';
    end if;
    perform pg_advisory_xact_lock(hashtextextended($1::text || %1$s, 0));
    with begun as (
      insert into %2$s (%3$s, rollup) values ($1, %4$s)
      on conflict (%3$s, rollup) do nothing returning 1),
    all_of_it as (
      insert into %5$s (%3$s, rollup, from_time, to_time)
      select $1, %4$s, lower(%6$s), upper(%6$s) from begun)
    select %7$s into _as_of;
    """
        .formatted(
            Hypertable.literal(" " + lockName()),
            log.quotedState(),
            tenant,
            name,
            log.quotedLog(),
            RollupTable.ALWAYS,
            source == null
                ? "clock_timestamp()"
                : "(select as_of from %s where %s = $1 and rollup = %s)"
                    .formatted(
                        log.quotedState(), tenant, Hypertable.literal(source.rollup().name())));
  }

  /** As the name of a transaction's lock, which is the tenant's own. */
  String lockName() {
    return "tenon rollup " + hypertable.schema() + "." + table.rollup().name();
  }

  /**
   * Takes rows from the log; what they tell of is looked at by later statements. The second
   * argument says whether all buckets are tried again that could not be made before: a later step
   * of the same run leaves them alone. Where the rows of a bucket are gone there is a row of the
   * log and nothing to do.
   */
  private String take() {
    return """
    if $2 then
      update %1$s set held = false where %2$s = $1 and rollup = %3$s and held;
    end if;
    with taken as (
      delete from %1$s
       where %2$s = $1 and id in (
             select id from %1$s
              where %2$s = $1 and rollup = %3$s and not held
              order by from_time limit %4$d)
      returning from_time, to_time)
    select count(*), coalesce(range_agg(%5$s), '{}') into _taken, _changed from taken;
    """
        .formatted(
            log.quotedLog(),
            tenant,
            name,
            MOST_TAKEN,
            table.wholeBuckets(RollupTable.FROM, RollupTable.TO));
  }

  /**
   * A commit is seen before other sessions hear of the chunks that it made: until it gives its
   * locks back, a plan or a partition descriptor that is kept passes over their rows. The
   * statements behind this one take locks that are new to the transaction, which is when a session
   * listens.
   */
  private String awaitChunks() {
    if (table.source() != null) {
      return "";
    }
    return """
    if _taken > 0 then
      select array_agg(transactionid) into _committed
        from (select transactionid, newest, (newest - transactionid::text::bigint) & %1$d as age
                from pg_locks, pg_snapshot_xmax(pg_current_snapshot()) as xmax,
                     cast(xmax::text as bigint) as newest
               where locktype = 'transactionid' and mode = 'ExclusiveLock' and granted) as holders
       where case when age between 1 and %2$d
                  then pg_xact_status((newest - age)::text::xid8) = 'committed' end;
      while exists (
          select from pg_locks
           where locktype = 'transactionid' and mode = 'ExclusiveLock' and granted
             and transactionid = any (_committed)) loop
        perform pg_sleep(0.001);
      end loop;
    end if;
    """
        .formatted((1L << 32) - 1, Integer.MAX_VALUE);
  }

  /**
   * Part after part of what was taken, until enough rows were read: ranges that are far apart and
   * have few rows are many parts. The rest is for the next step.
   */
  private String parts() {
    return """
    _window := %1$s;
    _stored := 0;
    _removed := 0;
    _todo := array(select unnest(_changed));
    while _next <= cardinality(_todo) and _read + _removed < %2$d and _failed < %3$d loop
    %4$s%5$s
      _made := _made + _now;
      _read := _read + %6$d;
    end loop;
    _later := _later + coalesce((select range_agg(rest) from unnest(_todo[_next:]) as rest), '{}');
    """
        .formatted(
            RollupTable.sql(BucketFields.interval(window())),
            MOST_READ,
            MOST_UNMADE,
            part(),
            remake(),
            ROWS_A_PART);
  }

  /**
   * As many ranges as have a window's length together, or the first part of a longer one that has
   * anything in it. That is found by a length that doubles while nothing is there, and halves then.
   */
  private String part() {
    String any =
        """
        exists (select from %1$s where %2$s = $1 and %3$s >= _from and %3$s < _to)
           or exists (select from %4$s where %2$s = $1 and bucket >= _from and bucket < _to)"""
            .formatted(
                table.quotedSource(), tenant, RollupTable.sql(table.sourceTime()), table.quoted());
    String whole =
        table.wholeBuckets(
            DSL.field("_from", TimeBinding.TYPE),
            DSL.field("least(_from + _window, upper(_range))", TimeBinding.TYPE));
    return """
    _now := '{}';
    _left := _window;
    while _next <= cardinality(_todo) loop
      _range := _todo[_next];
      _length := upper(_range) - lower(_range);
      exit when _length > _left;
      _now := _now + tstzmultirange(_range);
      _left := _left - _length;
      _next := _next + 1;
    end loop;
    if isempty(_now) then
      _from := lower(_range);
      _length := _window;
      loop
        _to := least(_from + _length, upper(_range));
        exit when _from >= _to or %1$s;
        _from := _to;
        _length := _length * 2;
      end loop;
      while _to - _from > _window loop
        _end := _to;
        _to := _from + (_to - _from) / 2;
        if not (%1$s) then
          _from := _to;
          _to := _end;
        end if;
      end loop;
      if _from < _to then
        _now := tstzmultirange(%2$s);
      end if;
      if _from < _to and upper(_now) < upper(_range) then
        _todo[_next] := tstzrange(upper(_now), upper(_range));
      else
        _next := _next + 1;
      end if;
    end if;
    """
        .formatted(any, whole);
  }

  /** How long a part is: a chunk of rows, or so many buckets of a rollup. */
  private Duration window() {
    Rollup source = table.rollup().source();
    return source == null
        ? hypertable.chunkInterval()
        : Buckets.longest(source.bucket()).multipliedBy(BUCKETS_A_PART);
  }

  /**
   * A part that cannot be made is halved until the bucket that is to blame is alone; the last of an
   * array is taken, because that moves no other.
   */
  private String remake() {
    String middle = RollupTable.sql(table.start(DSL.field("_to", TimeBinding.TYPE)));
    String second =
        RollupTable.sql(
            BucketFields.next(
                table.rollup().bucket(), DSL.field("lower(_range)", TimeBinding.TYPE)));
    return """
    begin
      select _stored + stored, _removed + removed, _read + read into _stored, _removed, _read
        from %1$s($1, _now) as remade (stored, removed, read);
    exception when %4$s then
      _halves := array(select unnest(_now));
      _top := cardinality(_halves);
    end;
    while _top > 0 loop
      _range := _halves[_top];
      _top := _top - 1;
      begin
        select _stored + stored, _removed + removed, _read + read into _stored, _removed, _read
          from %1$s($1, tstzmultirange(_range)) as remade (stored, removed, read);
      exception when %4$s then
        _to := lower(_range) + (upper(_range) - lower(_range)) / 2;
        _from := greatest(%2$s, lower(_range));
        if _from = lower(_range) then
          _from := %3$s;
        end if;
        if _from < upper(_range) then
          _halves[_top + 1] := tstzrange(_from, upper(_range));
          _halves[_top + 2] := tstzrange(lower(_range), _from);
          _top := _top + 2;
        else
          _held := _held + tstzmultirange(_range);
          _unmade := coalesce(_unmade, sqlerrm);
          _failed := _failed + 1;
          exit when _failed = %5$d;
        end if;
      end;
    end loop;
    _later := _later + coalesce(
      (select range_agg(half) from unnest(_halves[1:_top]) as half), '{}');
    _top := 0;
    """
        .formatted(
            new RollupRemake(hypertable, table).function(), middle, second, UNMADE, MOST_UNMADE);
  }

  /** The next level is told of what was made, in the same transaction. */
  private String tell() {
    return """
    insert into %1$s (%2$s, rollup, from_time, to_time, held)
    select $1, told, lower(part), upper(part), held
      from (select _made as parts, unnest(%3$s) as told, false as held
             where _stored + _removed > 0
            union all select _later, %4$s, false
            union all select _held, %4$s, true) as news, unnest(parts) as part;
    _more := _taken = %5$d or not isempty(_later);
    """
        .formatted(log.quotedLog(), tenant, log.madeFrom(name), name, MOST_TAKEN);
  }

  private String finish() {
    return """
    if not _more then
      update %1$s set as_of = _as_of
       where %2$s = $1 and rollup = %3$s
         and not exists (select from %4$s where %2$s = $1 and rollup = %3$s and held);
    end if;
    """
        .formatted(log.quotedState(), tenant, name, log.quotedLog());
  }
}
