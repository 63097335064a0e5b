package dev.tenon.vector;

import dev.tenon.core.internal.FilterText;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jooq.BindContext;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.QueryPart;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

/** Parts of a statement with the text and the parameters that jOOQ makes of them. */
final class SearchFilter {

  private static final DSLContext RENDERER = DSL.using(SQLDialect.POSTGRES);

  /** jOOQ has one, so it is known without being rendered. */
  private static final Condition NONE = DSL.noCondition();

  private SearchFilter() {}

  static boolean isNone(Condition condition) {
    return condition == NONE;
  }

  static String text(QueryPart part) {
    return part == NONE ? "true" : RENDERER.render(part);
  }

  /** The text with its values, to be compared with others. */
  static String textWithValues(QueryPart part) {
    return RENDERER.renderInlined(part);
  }

  /**
   * Refuses what the driver would silently alter, or jOOQ cannot render.
   *
   * @param place the repository that is searched
   */
  static void check(Condition condition, String place) {
    if (!isNone(condition)) {
      FilterText.requireEncodable(condition, "VectorSearch.where of " + place);
    }
  }

  /**
   * Binds the parameters in the order of the text; the number after the last.
   *
   * <p>jOOQ does it, because only jOOQ knows which values it wrote into the text, and which it
   * wrote more than once.
   *
   * @param first the number of the first, 1 or more
   */
  @SuppressWarnings("removal") // The only door to jOOQ's own binding, there since 3.0 until 3.21.
  static int bind(PreparedStatement statement, int first, QueryPart part) throws SQLException {
    if (part == NONE) {
      return first;
    }
    try {
      BindContext binding = RENDERER.bindContext(statement);
      for (int i = 1; i < first; i++) {
        var unused = binding.nextIndex();
      }
      binding.visit(part);
      return binding.nextIndex();
    } catch (DataAccessException error) {
      SQLException cause = error.getCause(SQLException.class);
      if (cause == null) {
        throw error;
      }
      throw cause;
    }
  }
}
