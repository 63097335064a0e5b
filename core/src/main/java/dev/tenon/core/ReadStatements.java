package dev.tenon.core;

import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * The SQL that reads rows by their identifiers, rendered once; parameters as in {@link
 * RepositoryStatements} and {@link BulkStatements}.
 */
record ReadStatements(String find, String exists, String lock, String findAll) {

  private static final DSLContext RENDER = DSL.using(SQLDialect.POSTGRES);

  static ReadStatements render(RowTable<?, ?> table, List<Field<?>> columns) {
    Condition live =
        RepositoryStatements.key(table.rows(), table.roles()).and(table.roles().live());
    return new ReadStatements(
        RENDER.select(columns).from(table.table()).where(live).getSQL(),
        RENDER.select(DSL.inline(1)).from(table.table()).where(live).getSQL(),
        RENDER.select(columns).from(table.table()).where(live).forUpdate().getSQL(),
        BulkStatements.of(table).findAll(columns));
  }
}
