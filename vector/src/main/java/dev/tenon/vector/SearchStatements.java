package dev.tenon.vector;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.TextLeg;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** The searches of one table: one text per record type that hits are read into, made once. */
final class SearchStatements {

  private final IndexDefinition index;
  private final VectorTable<?> table;
  private final String place;
  private final FilterChoice choice;
  private final ConcurrentMap<Class<?>, SearchStatement<?>> byRecord = new ConcurrentHashMap<>();

  SearchStatements(IndexDefinition index) {
    this.index = index;
    this.table = index.table();
    this.place = table.place("search");
    this.choice = new FilterChoice(index, Ticker.systemTicker());
  }

  VectorSpace space() {
    return table.space();
  }

  String place() {
    return place;
  }

  /** The options with the way that their filter wants, where they do not say it. */
  SearchOptions choose(Session session, SearchOptions options, TenantId tenant) {
    return options.isOpen() ? options.withWay(choice.of(session, options, tenant)) : options;
  }

  /** Refuses a search by words over other rows. */
  void requireSameRows(TextLeg words, TenantId tenant) {
    String name = DSL.using(SQLDialect.POSTGRES).render(words.table());
    if (!name.equals(table.name()) || !words.tenant().equals(tenant)) {
      throw new UsageException(
          Problem.what(
                  name.equals(table.name())
                      ? "the search by words is of another tenant"
                      : "the search by words is over " + name)
              .where(table.place("fusedWith"))
              .why("what both legs find is joined by the id of a row")
              .fix("search the same table in the same session"));
    }
  }

  @SuppressWarnings("unchecked")
  <R> SearchStatement<R> into(Class<R> type) {
    return (SearchStatement<R>) byRecord.computeIfAbsent(type, this::render);
  }

  private <R> SearchStatement<R> render(Class<R> type) {
    RecordColumns<R> columns = RecordColumns.of(type).asIn(table.columns());
    for (int i = 0; i < columns.size(); i++) {
      String name = columns.names().get(i);
      int declared = table.columns().indexOf(name);
      boolean isEmbedding = declared == table.columns().embedding() && i == columns.embedding();
      boolean fits =
          isEmbedding
              ? EmbeddingBytes.holds(columns.type(i), table.space().element())
              : declared >= 0 && table.columns().type(declared) == columns.type(i);
      if (!fits) {
        throw new UsageException(
            Problem.what(
                    type.getSimpleName()
                        + " has a component for the column "
                        + name
                        + ", which "
                        + table.columns().recordName()
                        + " does not have with that type")
                .where(place())
                .why("a search reads the columns that its repository declares")
                .fix("rename the component, or give it the type that it has there"));
      }
    }
    return new SearchStatement<>(index, columns);
  }
}
