package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.internal.BinaryArrays;
import dev.tenon.core.internal.CopyBuffer;
import dev.tenon.core.internal.UnfitValueException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Rows on their way into one statement, as an array for each column.
 *
 * <p>All columns but an embedding of numbers are sent as text and cast by the statement, so they
 * need no encoder per type.
 */
final class RowArrays<T> {

  private static final int MOST_BYTES = 256 * 1024;
  private static final int MOST_ROWS = 1_000;
  private static final int FIRST_CAPACITY = 1 << 12;

  private final VectorTable<T> table;
  private final @Nullable VectorTable<?> beside;
  private final List<CopyBuffer> columns;
  private final Set<@Nullable Object> ids = new HashSet<>();

  /**
   * @param beside whose embedding is the last column, where rows have that of another model too
   */
  RowArrays(VectorTable<T> table, @Nullable VectorTable<?> beside) {
    this.table = table;
    this.beside = beside;
    this.columns =
        Stream.generate(() -> new CopyBuffer(FIRST_CAPACITY))
            .limit(table.columns().size() + (beside == null ? 0 : 1))
            .collect(Collectors.toCollection(ArrayList::new));
  }

  int size() {
    return ids.size();
  }

  /** Whether it is full, or has a row of the same id, of which a statement writes one only. */
  boolean isFullFor(T record) {
    return ids.size() == MOST_ROWS || ids.contains(id(record)) || bytes() >= MOST_BYTES;
  }

  long bytes() {
    return columns.stream().mapToLong(CopyBuffer::size).sum();
  }

  void add(BulkRow<T> row, String where) {
    ids.add(id(row.record()));
    RecordColumns<T> record = table.columns();
    for (int i = 0; i < record.size(); i++) {
      String place = where + ", column " + record.names().get(i);
      int column = i;
      if (i == record.embedding()) {
        addVector(i, row.vector(), place);
      } else {
        addText(i, () -> record.text(row.record(), column), place);
      }
    }
    if (beside != null) {
      Object vector = Objects.requireNonNull(row.beside());
      addVector(record.size(), vector, where + ", column " + beside.embeddingName());
    }
  }

  private void addVector(int column, Object vector, String where) {
    if (isDense(column)) {
      float[] components = (float[]) vector;
      // The binary form of pgvector's vector: its dimensions, two bytes unused, its components.
      columns.get(column).headedFloatsValue(components.length << Short.SIZE, components);
    } else {
      addText(column, vector::toString, where);
    }
  }

  private boolean isDense(int column) {
    return column < table.columns().size()
        ? column == table.columns().dense()
        : beside != null && beside.columns().dense() >= 0;
  }

  /** Adds them behind the first parameter, which is bound, to a batch, and begins anew. */
  void addTo(PreparedStatement statement, BinaryArrays arrays) throws SQLException {
    for (int i = 0; i < columns.size(); i++) {
      String type = isDense(i) ? Element.SINGLE.type() : "text";
      statement.setObject(i + 2, arrays.of(type, ids.size(), columns.get(i)));
      columns.set(i, new CopyBuffer(columns.get(i).size()));
    }
    ids.clear();
    statement.addBatch();
  }

  private @Nullable Object id(T record) {
    return table.columns().value(record, table.id());
  }

  private void addText(int column, Supplier<@Nullable String> value, String where) {
    try {
      String text = value.get();
      if (text == null) {
        columns.get(column).nullValue();
      } else {
        columns.get(column).textValue(text);
      }
    } catch (UnfitValueException error) {
      throw new InvalidDataException(
          Problem.what("a text cannot be stored: " + error.reason())
              .where(where)
              .why("PostgreSQL stores valid UTF-8 without the null character, below 1 GiB")
              .fix("correct the text before storing it"),
          error);
    } catch (InvalidDataException error) {
      throw new InvalidDataException(error.problem().where(where), error.getCause());
    }
  }
}
