package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.internal.CopyBuffer;
import dev.tenon.core.internal.UnfitValueException;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Turns records into COPY BINARY, one buffer at a time, and remembers which chunks they need.
 *
 * <p>One encoder serves one append, on one thread.
 */
final class RowEncoder<T> {

  /** Past this a buffer is sent; a batch that fits is checked as a whole before any I/O. */
  static final int FULL = 1 << 18;

  /** More chunks than this in one append are taken for a mistake in the times. */
  static final int MOST_CHUNKS = 500;

  private static final int FIRST_CAPACITY = 1 << 13;

  private final Hypertable<T> hypertable;
  private final Column[] columns;
  private final Iterator<? extends T> records;
  private final CopyBuffer buffer = new CopyBuffer(FIRST_CAPACITY);
  private final Set<Instant> chunks = new TreeSet<>();
  private final long chunkMicros;
  private final @Nullable ChangedTimes changes;
  private long rows;
  private boolean finished;
  private long chunkStart;
  private long chunkEnd;

  RowEncoder(Hypertable<T> hypertable, Iterator<? extends T> records) {
    this.hypertable = hypertable;
    this.columns = hypertable.columns().toArray(Column[]::new);
    this.records = records;
    this.chunkMicros = hypertable.chunkInterval().toSeconds() * Timestamps.MICROS_PER_SECOND;
    this.changes =
        hypertable.rollups().isEmpty() ? null : new ChangedTimes(new ChangeLog(hypertable).grain());
    buffer.header();
  }

  /**
   * Encodes records until the buffer is full or they end.
   *
   * @throws InvalidDataException if a value does not fit its column, with the record's position and
   *     the component
   */
  void fill() {
    while (!finished && buffer.size() < FULL) {
      if (records.hasNext()) {
        encode(records.next());
        rows++;
      } else {
        buffer.trailer();
        finished = true;
      }
    }
  }

  CopyBuffer buffer() {
    return buffer;
  }

  /** The number of records encoded so far. */
  long rows() {
    return rows;
  }

  /** Whether all records are encoded, the last in what the buffer holds now. */
  boolean isFinished() {
    return finished;
  }

  /** Where the chunks begin that the records so far belong to. */
  Set<Instant> chunks() {
    return chunks;
  }

  /** The times that the rollups have to hear of; none where there are no rollups. */
  List<TimeRange> changes() {
    return changes == null ? List.of() : changes.ranges();
  }

  private void encode(@Nullable T row) {
    if (row == null) {
      throw unfit(null, "the record itself is null");
    }
    buffer.rowOf(columns.length);
    for (int i = 0; i < columns.length; i++) {
      Object value = read(row, i);
      if (value == null) {
        requireNullable(columns[i]);
        buffer.nullValue();
      } else {
        encode(columns[i], value);
      }
      if (i == hypertable.time() && value instanceof Instant time) {
        note(time);
      }
    }
  }

  /** Only an accessor runs code that is not Tenon's. */
  private @Nullable Object read(T row, int component) {
    try {
      return hypertable.shape().get(row, component);
    } catch (OutOfMemoryError fatal) {
      throw fatal;
    } catch (Throwable error) {
      throw unfit(columns[component], "its accessor throws " + error.getClass().getName(), error);
    }
  }

  private void encode(Column column, Object value) {
    if (column.finite() && !Double.isFinite(((Number) value).doubleValue())) {
      throw unfit(column, "it is " + value + ", and finite(" + column.component() + ") refuses it");
    }
    try {
      column.type().encoder().encode(value, buffer);
    } catch (UnfitValueException unfit) {
      throw unfit(column, unfit.reason());
    } catch (InvalidDataException unfit) {
      throw unfit(column, unfit.problem().what() + "; " + unfit.problem().why());
    }
  }

  private void requireNullable(Column column) {
    if (!column.nullable()) {
      throw unfit(column, "it is null, and the component is not @Nullable");
    }
  }

  private void note(Instant time) {
    if (!Timestamps.isStorable(time)) {
      throw unfit(hypertable.timeColumn(), "times of rows lie in the years 1000 to 9999");
    }
    long micros = Timestamps.micros(time);
    if (changes != null) {
      changes.note(micros);
    }
    if (micros >= chunkStart && micros < chunkEnd) {
      return;
    }
    chunkStart =
        Timestamps.ORIGIN_MICROS
            + Math.floorDiv(micros - Timestamps.ORIGIN_MICROS, chunkMicros) * chunkMicros;
    chunkEnd = chunkStart + chunkMicros;
    chunks.add(Timestamps.instant(chunkStart));
    if (chunks.size() > MOST_CHUNKS) {
      throw unfit(
          hypertable.timeColumn(),
          "the batch up to here spans more than " + MOST_CHUNKS + " chunks");
    }
  }

  private InvalidDataException unfit(@Nullable Column column, String why) {
    return unfit(column, why, null);
  }

  private InvalidDataException unfit(
      @Nullable Column column, String why, @Nullable Throwable cause) {
    return new InvalidDataException(
        Problem.what(
                column == null
                    ? "record " + rows + " cannot be appended"
                    : "the component "
                        + column.component()
                        + " of record "
                        + rows
                        + " cannot be appended")
            .where(
                hypertable.where("append")
                    + (column == null ? "" : ", column " + column.name())
                    + ", records counted from 0")
            .why(why)
            .fix("correct the record; nothing of the batch was stored"),
        cause);
  }
}
