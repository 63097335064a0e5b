package dev.tenon.timeseries;

import dev.tenon.core.internal.DollarQuote;
import dev.tenon.core.internal.TableBehindView;
import java.util.function.UnaryOperator;

/**
 * The table that holds the rows: behind a fence its name is a view's, and the table lies elsewhere.
 */
final class BaseTable {

  /** Stands for it in statements that are written before it is found. */
  private static final String PLACEHOLDER = "\"tenon base table\"";

  private BaseTable() {}

  /** A {@code regclass} in SQL. */
  static String of(Hypertable<?> hypertable) {
    return TableBehindView.regclass(
        "cast(%s as regclass)".formatted(Hypertable.literal(hypertable.quotedTable())));
  }

  /**
   * Statements that can be run on a table only, as those for indexes and triggers.
   *
   * @param isNew whether the table is, and so without a fence yet
   * @param statements made from its name
   */
  static String statements(
      Hypertable<?> hypertable, boolean isNew, UnaryOperator<String> statements) {
    if (isNew) {
      return statements.apply(hypertable.quotedTable());
    }
    String body =
        """
        begin
          execute replace(%1$s, %2$s,
            cast(%3$s as text));
        end
        """
            .formatted(
                quoted(statements.apply(PLACEHOLDER)),
                Hypertable.literal(PLACEHOLDER),
                of(hypertable));
    return "\ndo " + quoted(body).strip() + ";\n";
  }

  private static String quoted(String text) {
    String quote = DollarQuote.around(text);
    return quote + "\n" + text + quote;
  }
}
