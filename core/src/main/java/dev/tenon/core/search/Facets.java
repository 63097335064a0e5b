package dev.tenon.core.search;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.List;
import java.util.Map;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/** How many rows of a search have each value of some columns. Immutable. */
public final class Facets {

  private final Map<String, Facet<?>> byColumn;

  Facets(Map<String, Facet<?>> byColumn) {
    this.byColumn = Map.copyOf(byColumn);
  }

  /**
   * The values of one column.
   *
   * @param counts the most frequent first, those of the same number in the order of their texts;
   *     100 at most
   * @param truncated whether there are more values
   * @param <V> the type of the column
   */
  public record Facet<V>(List<Count<V>> counts, boolean truncated) {

    public Facet {
      counts = List.copyOf(counts);
    }
  }

  /**
   * One value of a column.
   *
   * @param value null for the rows that have none
   * @param rows how many rows match and have it
   * @param <V> the type of the column
   */
  public record Count<V>(@Nullable V value, long rows) {}

  /**
   * The values of this column.
   *
   * @throws UsageException if it was not counted
   */
  @SuppressWarnings("unchecked") // The builder compares the field with the component.
  public <V> Facet<V> of(Field<V> field) {
    Facet<?> facet = byColumn.get(field.getName());
    if (facet == null) {
      throw new UsageException(
          Problem.what("the column " + field.getName() + " was not counted")
              .where("Facets.of")
              .why("counted are " + byColumn.keySet())
              .fix("name it in facets(…) too"));
    }
    return (Facet<V>) facet;
  }
}
