package dev.tenon.vector;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Rows of a tenant as queries for its other rows. */
record RecallSample<T>(VectorTable<T> table, Session session, SearchFactory<T> searches) {

  /** Makes a search for a vector of the space. */
  @FunctionalInterface
  interface SearchFactory<T> {
    VectorSearch<T> nearestTo(@Nullable Object vector);
  }

  /**
   * Searches for the embeddings of rows that match, each without its own row.
   *
   * <p>Rows are drawn by a digest of their id, so that a seed draws the same again.
   *
   * @return by the id of the row
   */
  Map<Object, VectorSearch<T>> draw(int rows, Condition filter, long seed) {
    Map<Object, VectorSearch<T>> drawn = new LinkedHashMap<>();
    for (T record : read(rows, filter, seed)) {
      Object id = Objects.requireNonNull(table.columns().value(record, table.id()));
      drawn.put(
          id,
          searches.nearestTo(table.columns().vector(record)).where(filter).where(otherThan(id)));
    }
    return drawn;
  }

  @SuppressWarnings("unchecked")
  private Condition otherThan(Object id) {
    Field<Object> column =
        (Field<Object>) DSL.field(DSL.name("id"), table.columns().type(table.id()));
    return column.ne(id);
  }

  private List<T> read(int rows, Condition filter, long seed) {
    TenantId tenant = table.requireTenant(session, "recall");
    String sql =
        """
        select %s
          from %s
         where (%s) and %s = ? and %s is not null
         order by md5(%s::text || ?::text)
         limit %d"""
            .formatted(
                table.columns().sent(table.space()),
                table.name(),
                SearchFilter.text(filter),
                VectorTable.TENANT,
                table.embeddingColumn(),
                table.idColumn(),
                rows);
    return ExtensionFaults.run(
        session,
        table.place("recall"),
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int next = SearchFilter.bind(statement, 1, filter);
            statement.setObject(next, tenant.value());
            statement.setString(next + 1, Long.toString(seed));
            List<T> read = new ArrayList<>();
            try (ResultSet result = statement.executeQuery()) {
              while (result.next()) {
                read.add(table.columns().read(result));
              }
            }
            return read;
          }
        });
  }
}
