package dev.tenon.vector;

import dev.tenon.core.TenantId;
import dev.tenon.core.internal.DollarQuote;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * The part of a partitioned table that holds one large tenant's rows, and so has an index of its
 * own.
 */
record TenantPartition<T>(VectorTable<T> table, TenantId tenant) {

  private static final int TOLD = 12;

  /** Behind the table's name, what is random of a UUID. */
  private static String suffix(TenantId tenant) {
    String text = tenant.value().toString().replace("-", "");
    return "_" + text.substring(text.length() - TOLD);
  }

  VectorTable<T> part() {
    return table.sibling(FittedNames.of(table.simpleName() + suffix(tenant)));
  }

  /** Where the rows of all tenants are that have no part of their own. */
  static VectorTable<?> others(VectorTable<?> table) {
    return table.sibling(FittedNames.of(table.simpleName() + "_others"));
  }

  /**
   * The lock is the one that attaching wants in the end: taken first, nobody waits for both sides
   * of a deadlock, and no row of the tenant comes in between. That a part has row-level security of
   * its own and no policy refuses who is granted it by mistake; the way through the table asks only
   * the table's policies.
   */
  String sql() {
    String move = move();
    return """
        lock table %1$s in access exclusive mode;
        create table %2$s (like %1$s including all);
        do %4$s
        %5$s%4$s;
        alter table %1$s attach partition %2$s for values in ('%3$s');
        alter table %2$s enable row level security;
        """
        .formatted(table.name(), part().name(), tenant.value(), DollarQuote.around(move), move);
  }

  /** The columns are those that are there when it runs; what the server generates it makes anew. */
  private String move() {
    String statement =
        """
        with moved as (
            delete from %1$s where %2$s = '%3$s' returning *
          )
          insert into %4$s (%%1$s) select %%1$s from moved"""
            .formatted(
                others(table).name().replace("%", "%%"),
                VectorTable.TENANT,
                tenant.value(),
                part().name().replace("%", "%%"));
    String quote = DollarQuote.around(statement);
    String into = DSL.using(SQLDialect.POSTGRES).render(DSL.inline(part().name()));
    return """
        begin
          execute format(%1$s%2$s%1$s,
            (select string_agg(quote_ident(attname), ', ' order by attnum)
               from pg_catalog.pg_attribute
              where attrelid = %3$s::regclass
                and attnum > 0 and not attisdropped and attgenerated = ''));
        end
        """
        .formatted(quote, statement, into);
  }
}
