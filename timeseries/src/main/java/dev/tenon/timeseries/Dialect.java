package dev.tenon.timeseries;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jooq.Field;
import org.jooq.Name;

/** What differs between the engines that can hold a hypertable. */
sealed interface Dialect permits TimescaleDialect, PartitionDialect {

  /**
   * The dialect of a server.
   *
   * @throws ServerException if it can hold no hypertable
   */
  static Dialect of(Capabilities capabilities) {
    Engine engine = new Engine(capabilities);
    if (engine.opensChunksByName()) {
      throw new ServerException(
          Problem.what("the server cannot hold a hypertable of tenants")
              .where("timescaledb " + capabilities.extensions().get("timescaledb"))
              .why(
                  "from 2.23 to 2.28 an insert needs USAGE on the schema of the chunks, and whoever"
                      + " has that reads the rows of all tenants")
              .fix("install 2.22 or before, or 2.29 or later"));
    }
    if (engine.isTimescale()) {
      return TimescaleDialect.INSTANCE;
    }
    if (capabilities.serverVersion() < PartitionDialect.SINCE) {
      throw new ServerException(
          Problem.what("the server cannot hold a hypertable")
              .where("server_version_num " + capabilities.serverVersion())
              .why("without the extension timescaledb PostgreSQL 14 is needed, for date_bin")
              .fix("upgrade the server, or create the extension timescaledb"));
    }
    return PartitionDialect.INSTANCE;
  }

  /** The statements that create the table and its chunks, for a migration. */
  String tableSql(Hypertable<?> hypertable);

  /** Makes the chunks that begin at these instants, where the server does not do it by itself. */
  void makeChunks(Session session, Hypertable<?> hypertable, Set<Instant> starts);

  /** All chunks of the table, in order. */
  List<Chunk> chunks(Session session, Name table);

  /** Drops a chunk of the table, with its rows. */
  void dropChunk(Session session, Name table, Chunk chunk);

  /** Whether chunks have to be there before rows come. */
  boolean wantsChunks();

  /** The start of the bucket of this width that a time falls into. */
  Field<Instant> bucket(Duration width, Field<?> time);

  /**
   * The value at the earliest or latest time of a group.
   *
   * @param order the time, then what breaks ties; only the time if there can be none
   */
  <V> Field<V> valueAt(End end, Field<V> value, List<Field<?>> order);

  /** An end of a group of rows ordered by time. */
  enum End {
    FIRST,
    LAST
  }
}
