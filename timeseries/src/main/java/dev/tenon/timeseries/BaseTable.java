package dev.tenon.timeseries;

import dev.tenon.core.internal.DollarQuote;
import java.util.function.UnaryOperator;

/**
 * The table that holds the rows: behind a fence its name is a view's, and the table lies elsewhere.
 */
final class BaseTable {

  /** Stands for it in statements that are written before it is found. */
  private static final String PLACEHOLDER = "\"tenon base table\"";

  private BaseTable() {}

  /**
   * The table that a view of a fence reads, or what is named itself.
   *
   * @param named a {@code regclass} in SQL
   * @return another
   */
  static String of(String named) {
    return """
    coalesce(
      (select cast(d.refobjid as regclass)
         from pg_catalog.pg_rewrite w
         join pg_catalog.pg_depend d
           on d.classid = cast('pg_catalog.pg_rewrite' as regclass) and d.objid = w.oid
          and d.refclassid = cast('pg_catalog.pg_class' as regclass)
         join pg_catalog.pg_class c on c.oid = d.refobjid and c.relkind in ('r', 'p')
        where w.ev_class = %1$s
        limit 1),
      %1$s)"""
        .formatted(named);
  }

  /** The same of a hypertable. */
  static String of(Hypertable<?> hypertable) {
    return of("cast(%s as regclass)".formatted(Hypertable.literal(hypertable.quotedTable())));
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
