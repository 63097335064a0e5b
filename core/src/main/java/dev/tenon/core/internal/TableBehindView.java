package dev.tenon.core.internal;

/**
 * The table that holds the rows: behind a fence its name is a view's, and the table lies elsewhere.
 */
public final class TableBehindView {

  private TableBehindView() {}

  /**
   * The table that a view of a fence reads, or what is named itself.
   *
   * @param named a {@code regclass} in SQL
   * @return another
   */
  public static String regclass(String named) {
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
}
