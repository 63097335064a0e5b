package dev.tenon.cache;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads changes from the slot and has their values forgotten.
 *
 * <p>What it read is gathered until there is no more at the moment, forgotten together, and only
 * then confirmed to the server: whatever fails in between is read again.
 */
final class CaptureStream implements PgOutput.Listener {

  private static final Logger LOG = LoggerFactory.getLogger(CaptureStream.class);
  private static final int MOST = 1_000;
  private static final long LONGEST_NANOS = Duration.ofMillis(20).toNanos();

  private final List<CapturedTable> tables;
  private final Cache cache;
  private final CaptureFigures figures;
  private final CommitVisibility visibility;
  private final BooleanSupplier stopping;
  private final PGReplicationStream stream;
  private final PgOutput output = new PgOutput(this);
  private final Set<RedisKey> keys = new LinkedHashSet<>();
  private final Set<EntityCache<?, ?>> whole = new LinkedHashSet<>();
  private final Set<String> strange = new HashSet<>();
  private final Set<Long> transactions = new LinkedHashSet<>();
  private final List<Instant> commits = new ArrayList<>();
  private long committed;
  private boolean inside;
  private long since = System.nanoTime();

  private CaptureStream(
      List<CapturedTable> tables,
      Cache cache,
      CaptureFigures figures,
      CommitVisibility visibility,
      BooleanSupplier stopping,
      PGReplicationStream stream) {
    this.tables = tables;
    this.cache = cache;
    this.figures = figures;
    this.visibility = visibility;
    this.stopping = stopping;
    this.stream = stream;
  }

  /**
   * Begins where the slot is, or behind what this process has confirmed since.
   *
   * @throws SQLException with the state 55006 while another process reads the slot
   */
  static CaptureStream start(
      Connection connection,
      String name,
      List<CapturedTable> tables,
      Cache cache,
      CaptureFigures figures,
      CommitVisibility visibility,
      BooleanSupplier stopping)
      throws SQLException {
    PGReplicationStream stream =
        connection
            .unwrap(PGConnection.class)
            .getReplicationAPI()
            .replicationStream()
            .logical()
            .withSlotName(name)
            .withSlotOption("proto_version", 1)
            .withSlotOption("publication_names", '"' + name + '"')
            .withStartPosition(LogSequenceNumber.valueOf(figures.position()))
            .withStatusInterval(1, TimeUnit.SECONDS)
            .withAutomaticFlush(false)
            .start();
    return new CaptureStream(tables, cache, figures, visibility, stopping, stream);
  }

  /** One step; says whether there was anything to do. */
  boolean step() throws SQLException {
    ByteBuffer message = stream.readPending();
    if (message != null) {
      output.read(message);
      if (keys.size() >= MOST || (!inside && System.nanoTime() - since > LONGEST_NANOS)) {
        forget();
      }
      return true;
    }
    if (!keys.isEmpty() || !whole.isEmpty() || !commits.isEmpty()) {
      forget();
      return true;
    }
    if (!inside) {
      confirm(Math.max(committed, stream.getLastReceiveLSN().asLong()));
    }
    return false;
  }

  @Override
  public void began(int transaction) {
    inside = true;
    transactions.add(visibility.whole(transaction));
  }

  @Override
  public void changed(String schema, String table, PgOutput.Columns columns) {
    boolean isKnown = false;
    for (CapturedTable each : tables) {
      if (each.schema().equals(schema) && each.table().equals(table)) {
        isKnown = true;
        Set<RedisKey> found = each.keys(columns);
        keys.addAll(found);
        if (found.isEmpty()) {
          whole.add(each.entity());
        }
      }
    }
    if (!isKnown) {
      strange(schema, table);
    }
  }

  @Override
  public void truncated(String schema, String table) {
    boolean isKnown = false;
    for (CapturedTable each : tables) {
      if (each.schema().equals(schema) && each.table().equals(table)) {
        isKnown = true;
        whole.add(each.entity());
      }
    }
    if (!isKnown) {
      strange(schema, table);
    }
  }

  /** A table that was renamed, before or after this: any of the entities may be meant. */
  private void strange(String schema, String table) {
    if (strange.add(schema + "." + table)) {
      LOG.warn(
          "{}.{} is published and not captured under this name: all is forgotten for its changes",
          schema,
          table);
    }
    tables.forEach(each -> whole.add(each.entity()));
  }

  @Override
  public void committed(long end, Instant when) {
    inside = false;
    committed = end;
    commits.add(when);
  }

  /** Half a transaction may be forgotten, as it is committed already, but is not confirmed. */
  private void forget() throws SQLException {
    if (!visibility.await(transactions, stopping)) {
      return;
    }
    cache.confirmed().send("ChangeCapture", keys);
    whole.forEach(cache::forget);
    figures.confirmed(inside ? 0 : committed, commits, keys.size(), whole.size());
    keys.clear();
    whole.clear();
    if (!inside) {
      transactions.clear();
    }
    if (!commits.isEmpty()) {
      commits.clear();
      confirm(committed);
    }
    since = System.nanoTime();
  }

  private void confirm(long position) {
    if (position > 0) {
      LogSequenceNumber confirmed = LogSequenceNumber.valueOf(position);
      stream.setAppliedLSN(confirmed);
      stream.setFlushedLSN(confirmed);
    }
  }
}
