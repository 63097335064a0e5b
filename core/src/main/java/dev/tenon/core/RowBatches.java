package dev.tenon.core;

import dev.tenon.core.internal.ArrayLiteral;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records as the arrays of bulk statements, in batches of at most 5,000 rows and about 4 million
 * characters.
 */
final class RowBatches<T> {

  private static final int MOST_ROWS = 5_000;
  private static final int MOST_CHARACTERS = 4 << 20;

  private final RowMapping<T> rows;
  private final int id;
  private final int[] components;
  private final List<? extends T> records;
  private int next;

  RowBatches(RowTable<T, ?> table, int[] components, List<? extends T> records) {
    this.rows = table.rows();
    this.id = table.id();
    this.components = components;
    this.records = records;
  }

  boolean hasNext() {
    return next < records.size();
  }

  Batch<T> next() {
    int most = Math.min(MOST_ROWS, records.size() - next);
    ArrayLiteral[] arrays = new ArrayLiteral[components.length];
    Arrays.setAll(arrays, i -> new ArrayLiteral(most));
    int first = next;
    int characters = 0;
    while (next - first < most && characters < MOST_CHARACTERS) {
      T record = records.get(next++);
      characters = 0;
      for (int i = 0; i < arrays.length; i++) {
        Object value = rows.value(record, components[i]);
        arrays[i].add(rows.codec(components[i]).isBare(), text(record, value, components[i]));
        characters += arrays[i].length();
      }
    }
    return new Batch<>(
        records.subList(first, next), Arrays.stream(arrays).map(ArrayLiteral::end).toList());
  }

  private @Nullable String text(T record, @Nullable Object value, int component) {
    try {
      return rows.text(value, component);
    } catch (InvalidDataException unfit) {
      throw new InvalidDataException(
          unfit.problem().where(unfit.problem().where() + ", in " + record(record)),
          unfit.getCause());
    }
  }

  private String record(T record) {
    return rows.name() + " " + Problem.excerpt(String.valueOf(rows.value(record, id)));
  }

  /** Some records and, for each component, their values. */
  record Batch<T>(List<? extends T> records, List<String> arrays) {

    int size() {
      return records.size();
    }

    /** The parameter after the last one. */
    int bind(PreparedStatement statement, int first) throws SQLException {
      int parameter = first;
      for (String array : arrays) {
        statement.setString(parameter++, array);
      }
      return parameter;
    }
  }
}
