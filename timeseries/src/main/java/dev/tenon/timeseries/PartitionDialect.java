package dev.tenon.timeseries;

import dev.tenon.core.Session;
import dev.tenon.core.internal.OwnerFunction;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.QueryPart;
import org.jooq.SortField;
import org.jooq.impl.DSL;

/** Declarative range partitions of PostgreSQL, made when rows for them arrive. */
enum PartitionDialect implements Dialect {
  INSTANCE;

  /** {@code date_bin} came with PostgreSQL 14. */
  static final int SINCE = 140000;

  @Override
  public String tableSql(Hypertable<?> hypertable) {
    return """
    create table %1$s (
      %2$s%3$s,
      primary key (%4$s)
    ) partition by range (%5$s);

    """
            .formatted(
                hypertable.quotedTable(),
                hypertable.ownerDefinition(),
                hypertable.columnDefinitions(" not null"),
                hypertable.keyList(),
                Hypertable.quote(hypertable.timeColumn().name()))
        + OwnerFunction.sql(
            Hypertable.quote(hypertable.chunkFunction()), "starts timestamptz[]", body(hypertable));
  }

  /**
   * The application's role owns nothing, so it cannot make partitions; this function does, with the
   * owner's rights, for any role that may insert.
   *
   * <p>ATTACH instead of PARTITION OF, because that would lock the whole table against readers; the
   * lock taken ahead is the one that ATTACH takes, and no advisory lock, because waiting for one of
   * those does not show what others have made meanwhile. The new partition has row-level security
   * and no policy: through the parent it does not matter, and directly nobody sees a row. Where the
   * name has become the view of a fence, the parent is the partitioned table that the view reads,
   * found as {@link BaseTable} does; the audit of tenancy knows the function by its text.
   */
  private static String body(Hypertable<?> hypertable) {
    return """
    declare
      width constant interval := interval '%1$d seconds';
      origin constant timestamptz := timestamptz '2000-01-03 00:00:00+00';
      named constant regclass := %2$s::regclass;
      parent constant regclass := coalesce(
        (select d.refobjid
           from pg_rewrite w
           join pg_depend d
             on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
            and d.refclassid = 'pg_class'::regclass
           join pg_class c on c.oid = d.refobjid and c.relkind = 'p'
          where w.ev_class = named
          limit 1),
        named);
      start timestamptz;
      chunk text;
    begin
      if not has_table_privilege(
          coalesce(nullif(current_setting('role'), 'none'), session_user), named, 'insert') then
        raise insufficient_privilege using message =
          format('permission denied to make chunks of %%s', named);
      end if;
      if cardinality(starts) > %3$d then
        raise program_limit_exceeded using message = 'more than %3$d chunks were asked for at once';
      end if;
      foreach start in array starts loop
        start := date_bin(width, start, origin);
        chunk := format('%%I.%%I', %4$s,
          %5$s || to_char(start at time zone 'UTC', '_YYYYMMDDHH24MISS'));
        if to_regclass(chunk) is null then
          execute format('lock table only %%s in share update exclusive mode', parent);
          if to_regclass(chunk) is null then
            execute format('create table %%s (like %%s including all)', chunk, parent);
            execute format('alter table %%s enable row level security', chunk);
            execute format('alter table %%s attach partition %%s for values from (%%L) to (%%L)',
              parent, chunk, start, start + width);
          end if;
        end if;
      end loop;
    end
    """
        .formatted(
            hypertable.chunkInterval().toSeconds(),
            Hypertable.literal(hypertable.quotedTable()),
            RowEncoder.MOST_CHUNKS,
            Hypertable.literal(hypertable.chunkSchema()),
            Hypertable.literal(hypertable.name()));
  }

  @Override
  public void makeChunks(Session session, Hypertable<?> hypertable, Set<Instant> starts) {
    String call = "select " + Hypertable.quote(hypertable.chunkFunction()) + "(?)";
    Statements.jdbc(
        session,
        hypertable,
        "append",
        connection -> {
          Array array = Timestamps.array(connection, starts.stream());
          try (PreparedStatement statement = connection.prepareStatement(call)) {
            statement.setArray(1, array);
            return statement.execute();
          } finally {
            array.free();
          }
        });
  }

  /** Partitions that are bounded on both sides; others are none of Tenon's. */
  @Override
  public List<Chunk> chunks(Session session, Name table) {
    String sql =
        """
        select schema, name, cast(bounds[1] as timestamptz), cast(bounds[2] as timestamptz)
          from (select n.nspname as schema, c.relname as name,
                       regexp_match(pg_get_expr(c.relpartbound, c.oid),
                         'FROM \\(''([^'']*)''\\) TO \\(''([^'']*)''\\)') as bounds
                  from pg_inherits i
                  join pg_class c on c.oid = i.inhrelid
                  join pg_namespace n on n.oid = c.relnamespace
                 where i.inhparent = cast({0} as regclass)) partitions
         where bounds is not null
         order by 3
        """;
    return session.sql().fetch(sql, DSL.inline(Hypertable.quote(table))).map(Chunk::of);
  }

  @Override
  public void dropChunk(Session session, Name table, Chunk chunk) {
    session.sql().execute("drop table {0}", DSL.name(chunk.schema(), chunk.name()));
  }

  @Override
  public boolean wantsChunks() {
    return true;
  }

  @Override
  public Field<Instant> bucket(Duration width, Field<?> time) {
    return DSL.function(
        "date_bin",
        TimeBinding.TYPE,
        BucketFields.interval(width),
        time,
        DSL.field("timestamptz '2000-01-03 00:00:00+00'"));
  }

  @Override
  public <V> Field<V> valueAt(End end, Field<V> value, List<Field<?>> order) {
    return at(end, value, order);
  }

  /** The value at the earliest or latest place of an order, on any server. */
  static <V> Field<V> at(End end, Field<V> value, List<? extends Field<?>> order) {
    List<SortField<?>> sorted =
        order.stream()
            .<SortField<?>>map(field -> end == End.FIRST ? field.asc() : field.desc())
            .toList();
    // jOOQ makes no array of a type that it binds in a way of its own, such as that of times.
    return DSL.field(
        "(array_agg({0} order by {1}))[1]",
        value.getDataType(), value, DSL.list(sorted.toArray(QueryPart[]::new)));
  }
}
