package dev.tenon.timeseries;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.impl.DSL;

/**
 * Where the changes of a hypertable are told to its rollups: ranges of time, in rows that commit
 * with the change itself.
 *
 * <p>A snapshot that sees such a row sees what it tells of, so whoever takes the row and then looks
 * misses nothing; a row of a transaction that is still open is taken later.
 */
record ChangeLog(Hypertable<?> hypertable) {

  /** Names the table whose changes the transaction tells of by itself. */
  static final String LOGGED_SETTING = "tenon.changes_logged";

  /** The rows of the hypertable itself, as a source of rollups in SQL. */
  static final String ROWS = "''";

  private static final Duration FINEST = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);

  Name log() {
    return DSL.name(hypertable.schema(), hypertable.name() + "_changes");
  }

  Name state() {
    return DSL.name(hypertable.schema(), hypertable.name() + "_refreshed");
  }

  String quotedLog() {
    return Hypertable.quote(log());
  }

  String quotedState() {
    return Hypertable.quote(state());
  }

  Name insertFunction() {
    return DSL.name(hypertable.schema(), hypertable.name() + "_inserted");
  }

  Name changeFunction() {
    return DSL.name(hypertable.schema(), hypertable.name() + "_changed");
  }

  Name truncateFunction() {
    return DSL.name(hypertable.schema(), hypertable.name() + "_truncated");
  }

  Name appendFunction() {
    return DSL.name(hypertable.schema(), hypertable.name() + "_appending");
  }

  /** Tells which rollups are made from one of this name, or from the rows. */
  Name rollupsFunction() {
    return DSL.name(hypertable.schema(), hypertable.name() + "_rollups");
  }

  /**
   * Who is told of changes of a source, as an array in SQL. The database is asked, because other
   * instances may know of more rollups than this one.
   *
   * @param source in SQL: the name of a rollup, or {@link #ROWS}
   */
  String madeFrom(String source) {
    return Hypertable.quote(rollupsFunction()) + "(" + source + ")";
  }

  /** Remembers what a transaction told of last, so that rows of one bucket tell once. */
  String markSetting() {
    UUID hash = UUID.nameUUIDFromBytes(hypertable.quotedTable().getBytes(StandardCharsets.UTF_8));
    return "tenon.change_" + Long.toHexString(hash.getMostSignificantBits());
  }

  /**
   * The width of what is told: readers widen it to their own buckets, so any is right, and the
   * finest bucket tells no more than it must.
   */
  Duration grain() {
    Duration finest =
        hypertable.rollups().stream()
            .filter(rollup -> rollup.source() == null)
            .map(Rollup::bucket)
            .map(bucket -> bucket instanceof FixedBucket fixed ? fixed.width() : HOUR)
            .min(Duration::compareTo)
            .orElse(HOUR);
    return finest.compareTo(FINEST) < 0 ? FINEST : finest;
  }

  String grainInterval() {
    return RollupTable.sql(BucketFields.interval(grain()));
  }

  /** The start of the grain that a time falls into. */
  String grainOf(String time) {
    return "date_bin(%s, %s, timestamptz '2000-01-03 00:00:00+00')"
        .formatted(grainInterval(), time);
  }

  /**
   * A statement that changes rows, with the tenant as its only parameter, and what tells of the
   * changes in the same round trip; the table's triggers keep still meanwhile.
   */
  String telling(String statement) {
    return """
    select set_config('%1$s', %2$s, true);
    insert into %3$s (%4$s, rollup, from_time, to_time)
    select ?, unnest(%5$s), from_time, to_time
      from unnest(?, ?) as changed (from_time, to_time);
    %6$s;
    select set_config('%1$s', '', true)
    """
        .formatted(
            LOGGED_SETTING,
            Hypertable.literal(hypertable.quotedTable()),
            quotedLog(),
            Hypertable.quote(hypertable.tenantColumn()),
            madeFrom(ROWS),
            statement.strip());
  }

  /** What there is to refresh; a rollup without a state has everything ahead of it. */
  List<RollupRefresh.Pending> pending(Session session, TenantId tenant) {
    String sql =
        """
        select told.rollup, count(*), min(from_time), max(to_time)
          from (select rollup, from_time, to_time from {0} where {2} = {3}
                union all
                select known, {5}, {6}
                  from unnest({4}) as known
                 where known not in (select rollup from {1} where {2} = {3})) as told
         where told.rollup = any ({4})
         group by told.rollup
         order by array_position({4}, told.rollup)
        """;
    Field<String[]> rollups =
        DSL.array(hypertable.rollups().stream().map(rollup -> DSL.val(rollup.name())).toList());
    return Statements.explained(
        hypertable,
        "refresh",
        () ->
            session
                .sql()
                .fetch(
                    sql,
                    log(),
                    state(),
                    hypertable.tenantField(),
                    DSL.val(tenant.value()),
                    rollups,
                    DSL.val(Timestamps.FIRST_ROW, TimeBinding.TYPE),
                    DSL.val(Timestamps.AFTER_LAST_ROW, TimeBinding.TYPE))
                .map(
                    row ->
                        new RollupRefresh.Pending(
                            row.get(0, String.class),
                            row.get(1, Long.class),
                            row.get(2, Instant.class),
                            row.get(3, Instant.class))));
  }

  /** Whether there is anything to refresh. One round trip. */
  boolean tellsAnything(Session session, TenantId tenant) {
    String sql =
        """
        select exists (select from %1$s where %3$s = ? and rollup = any (?))
            or (select count(*) from %2$s where %3$s = ? and rollup = any (?)) < ?
        """
            .formatted(quotedLog(), quotedState(), Hypertable.quote(hypertable.tenantColumn()));
    Object[] rollups = hypertable.rollups().stream().map(Rollup::name).toArray();
    return Statements.jdbc(
        session,
        hypertable,
        "refresh",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, tenant.value());
            statement.setArray(2, connection.createArrayOf("text", rollups));
            statement.setObject(3, tenant.value());
            statement.setArray(4, connection.createArrayOf("text", rollups));
            statement.setInt(5, rollups.length);
            try (ResultSet result = statement.executeQuery()) {
              return result.next() && result.getBoolean(1);
            }
          }
        });
  }
}
