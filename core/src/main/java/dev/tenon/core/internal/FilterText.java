package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.JSON;
import org.jooq.JSONB;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** The texts of a condition that an application gives to a search. */
public final class FilterText {

  private static final DSLContext RENDERER = DSL.using(SQLDialect.POSTGRES);

  private FilterText() {}

  /**
   * Refuses what the driver would silently alter, in values that are bound, alone or within an
   * array or a document, and in those that jOOQ writes into the statement.
   *
   * @param where the method that the condition was given to
   * @throws dev.tenon.core.InvalidDataException if a text contains U+0000 or half of a surrogate
   *     pair
   * @throws UsageException if the condition is nested too deeply to be rendered
   */
  public static void requireEncodable(Condition filter, String where) {
    try {
      requireEncodable(RENDERER.render(filter), where);
      for (Object value : RENDERER.extractBindValues(filter)) {
        requireEncodable(value, where);
      }
    } catch (StackOverflowError deep) {
      throw new UsageException(
          Problem.what("the filter is nested too deeply to be read")
              .where(where)
              .why("the thread's stack ended within its conditions")
              .fix(
                  "combine many conditions at once: DSL.and(list), DSL.or(list), or field.in(list)"),
          deep);
    }
  }

  private static void requireEncodable(@Nullable Object value, String where) {
    if (value instanceof String text) {
      ColumnCodec.requireEncodable(text, where, "the filter");
    } else if (value instanceof JSONB document) {
      requireEncodable(document.data(), where);
    } else if (value instanceof JSON document) {
      requireEncodable(document.data(), where);
    } else if (value instanceof Object[] elements) {
      for (Object element : elements) {
        requireEncodable(element, where);
      }
    }
  }
}
