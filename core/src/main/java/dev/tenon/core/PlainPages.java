package dev.tenon.core;

import java.sql.PreparedStatement;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Pages whose SQL is known but for its values: without a condition, in one direction, by columns
 * that are never null. It is rendered once for each order and size, because that costs more than to
 * read the rows.
 */
final class PlainPages<T> {

  private static final DSLContext RENDER = DSL.using(SQLDialect.POSTGRES);

  private final RowTable<?, ?> table;
  private final RowMapping<T> rows;
  private final RecentTexts<String> texts = new RecentTexts<>();

  PlainPages(RowTable<?, ?> table, RowMapping<T> rows) {
    this.table = table;
    this.rows = rows;
  }

  /**
   * The rows of a page, and one more if there is one.
   *
   * @param state which of the tenant's rows, always the same for an operation
   * @param last the values of the row before the page; none for the first
   */
  List<T> read(
      Session session,
      String operation,
      @Nullable TenantId tenant,
      Condition state,
      Keyset<T> keyset,
      List<Object> last) {
    String sql = sql(operation, state, keyset, !last.isEmpty());
    return table.run(
        session,
        operation,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int next = table.bindTenant(statement, 1, tenant);
            for (int i = 0; i < last.size(); i++) {
              rows.bindValue(statement, next++, last.get(i), keyset.keys().get(i).component());
            }
            return rows.all(statement, keyset.limit());
          }
        });
  }

  private String sql(String operation, Condition state, Keyset<T> keyset, boolean after) {
    StringBuilder shape = new StringBuilder(operation).append(after).append(keyset.limit());
    keyset.keys().forEach(key -> shape.append('\0').append(key.fingerprint()));
    return texts.of(shape.toString(), () -> render(state, keyset, after));
  }

  /**
   * The limit stands in the text: behind a parameter the server takes it for a tenth of the rows
   * and plans each page anew.
   */
  private String render(Condition state, Keyset<T> keyset, boolean after) {
    List<SortKey> keys = keyset.keys();
    Field<?> tenant = table.roles().tenant();
    Condition owned = tenant == null ? state : RepositoryStatements.equal(tenant).and(state);
    return RENDER
        .select(rows.fields())
        .from(table.table())
        .where(after ? owned.and(beyond(keys)) : owned)
        .orderBy(keys.stream().map(SortKey::ofResult).toList())
        .limit(DSL.inline(keyset.limit()))
        .getSQL();
  }

  private Condition beyond(List<SortKey> keys) {
    List<Field<Object>> columns = keys.stream().map(SortKey::result).toList();
    List<Field<Object>> last = keys.stream().map(key -> rows.parameter(key.component())).toList();
    boolean descending = keys.get(0).descending();
    if (keys.size() == 1) {
      return descending ? columns.get(0).lt(last.get(0)) : columns.get(0).gt(last.get(0));
    }
    return descending ? DSL.row(columns).lt(DSL.row(last)) : DSL.row(columns).gt(DSL.row(last));
  }
}
