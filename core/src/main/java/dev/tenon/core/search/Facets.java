package dev.tenon.core.search;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.util.List;
import java.util.Map;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/** How many rows of a search have each value of some columns or attributes. Immutable. */
public final class Facets {

  private final Map<Property, Facet<?>> byProperty;

  Facets(Map<Property, Facet<?>> byProperty) {
    this.byProperty = Map.copyOf(byProperty);
  }

  /**
   * The values of one column or attribute.
   *
   * @param counts the most frequent first, those of the same number in the order of their texts;
   *     100 at most
   * @param truncated whether there are more values
   * @param <V> the type of the column; of an attribute its text
   */
  public record Facet<V>(List<Count<V>> counts, boolean truncated) {

    public Facet {
      counts = List.copyOf(counts);
    }
  }

  /**
   * One value of a column or attribute.
   *
   * @param value null for the rows that have none
   * @param rows how many rows match and have it
   * @param <V> the type of the column; of an attribute its text
   */
  public record Count<V>(@Nullable V value, long rows) {}

  /**
   * The values of this column or attribute.
   *
   * @throws UsageException if it was not counted
   */
  @SuppressWarnings("unchecked") // The builder compares the field with the component.
  public <V> Facet<V> of(Field<V> field) {
    Property property = Property.of(Required.require(field, "field", "Facets.of"), "Facets.of");
    Facet<?> facet = byProperty.get(property);
    if (facet == null) {
      throw new UsageException(
          Problem.what(property + " was not counted")
              .where("Facets.of")
              .why("counted are " + byProperty.keySet())
              .fix("name it in facets(…) too"));
    }
    return (Facet<V>) facet;
  }
}
