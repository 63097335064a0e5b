package dev.tenon.timeseries;

import dev.tenon.core.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.impl.DSL;

/** Hypertables of TimescaleDB, with what its Apache edition offers. */
enum TimescaleDialect implements Dialect {
  INSTANCE;

  /**
   * A call, not a table option: {@code WITH (tsdb.hypertable)} would turn the columnstore on, which
   * refuses row-level security.
   */
  @Override
  public String tableSql(Hypertable<?> hypertable) {
    return """
    create table %1$s (
      %2$s%3$s,
      primary key (%4$s)
    );

    select create_hypertable(
      relation => %5$s::regclass,
      time_column_name => %6$s::name,
      chunk_time_interval => interval '%7$d seconds',
      associated_schema_name => %8$s::name,
      create_default_indexes => false
    );
    """
        .formatted(
            hypertable.quotedTable(),
            hypertable.ownerDefinition(),
            hypertable.columnDefinitions(" not null"),
            hypertable.keyList(),
            Hypertable.literal(hypertable.quotedTable()),
            Hypertable.literal(hypertable.timeColumn().name()),
            hypertable.chunkInterval().toSeconds(),
            Hypertable.literal(hypertable.chunkSchema()));
  }

  @Override
  public void makeChunks(Session session, Hypertable<?> hypertable, Set<Instant> starts) {
    // The server makes them, under the rights of the table's owner.
  }

  @Override
  public List<Chunk> chunks(Session session, Name table) {
    String sql =
        """
        select chunk_schema, chunk_name, range_start, range_end
          from timescaledb_information.chunks
         where hypertable_schema = ? and hypertable_name = ?
         order by range_start
        """;
    return session.sql().fetch(sql, table.first(), table.last()).map(Chunk::of);
  }

  /** The function is where the extension is, which the owner's search path need not know. */
  @Override
  public void dropChunk(Session session, Name table, Chunk chunk) {
    String schema =
        session
            .sql()
            .fetchSingle(
                "select extnamespace::regnamespace::text from pg_extension"
                    + " where extname = 'timescaledb'")
            .get(0, String.class);
    session
        .sql()
        .fetch(
            "select "
                + schema
                + ".drop_chunks(cast({0} as regclass), older_than => {1}, newer_than => {2})",
            DSL.inline(Hypertable.quote(table)),
            DSL.val(chunk.to(), TimeBinding.TYPE),
            DSL.val(chunk.from(), TimeBinding.TYPE));
  }

  @Override
  public boolean wantsChunks() {
    return false;
  }

  @Override
  public Field<Instant> bucket(Duration width, Field<?> time) {
    return DSL.function("time_bucket", TimeBinding.TYPE, BucketFields.interval(width), time);
  }

  @Override
  public <V> Field<V> valueAt(End end, Field<V> value, List<Field<?>> order) {
    if (order.size() > 1) {
      return PartitionDialect.INSTANCE.valueAt(end, value, order);
    }
    String function = end == End.FIRST ? "first" : "last";
    return DSL.aggregate(function, value.getDataType(), value, order.get(0));
  }
}
