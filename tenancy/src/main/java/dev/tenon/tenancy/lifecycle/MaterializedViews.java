package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.Transaction;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;

/** Copies of rows that no statement on their tables reaches. */
final class MaterializedViews {

  private MaterializedViews() {}

  /** Those that read a declared table or a part of one, also through views and each other. */
  static List<String> ofTenants(Transaction transaction) {
    return transaction.jdbc(
        connection -> {
          try (PreparedStatement statement =
                  connection.prepareStatement(
                      """
                      with recursive held (oid) as (
                          select unnest(array[i.relation::oid, i.base::oid])
                            from tenon.isolation i
                           where i.kind <> 'SHARED'
                        union
                          select h.inhrelid
                            from held
                            join pg_catalog.pg_inherits h on h.inhparent = held.oid
                      ), reading (oid) as (
                          select oid from held
                        union
                          select w.ev_class
                            from reading
                            join pg_catalog.pg_depend d
                              on d.refclassid = 'pg_catalog.pg_class'::regclass
                             and d.refobjid = reading.oid
                             and d.classid = 'pg_catalog.pg_rewrite'::regclass
                            join pg_catalog.pg_rewrite w on w.oid = d.objid
                      )
                      select n.nspname || '.' || c.relname
                        from reading
                        join pg_catalog.pg_class c using (oid)
                        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                       where c.relkind = 'm'
                       order by 1
                      """);
              ResultSet rows = statement.executeQuery()) {
            List<String> views = new ArrayList<>();
            while (rows.next()) {
              views.add(rows.getString(1));
            }
            return views;
          }
        });
  }
}
