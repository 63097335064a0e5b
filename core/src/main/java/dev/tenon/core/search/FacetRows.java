package dev.tenon.core.search;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jooq.Field;
import org.jooq.QueryPart;
import org.jooq.Record3;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * The statement that counts the rows that match by the values of some columns: one pass over them,
 * whatever the number of columns. Values travel as texts, for the columns have types of their own.
 */
final class FacetRows {

  private static final int MOST_VALUES = 100;

  private static final String SQL =
      """
      with candidate as (
        select {0}
          from {1}
         where {2}
      ), counted as (
        select place, value, count(*) as matches,
               row_number() over (partition by place order by count(*) desc, value) as standing
          from candidate cross join lateral (values {3}) as declared (place, value)
         group by place, value
      )
      select place, value, matches
        from counted
       where standing <= {4}
       order by place, standing""";

  private static final Field<Integer> PLACE = DSL.field("place", SQLDataType.INTEGER);
  private static final Field<String> VALUE = DSL.field("value", SQLDataType.VARCHAR);
  private static final Field<Long> MATCHES = DSL.field("matches", SQLDataType.BIGINT);

  private final TextIndex<?> index;
  private final Asked asked;
  private final SearchOptions options;
  private final List<String> names;

  FacetRows(TextIndex<?> index, Asked asked, SearchOptions options, List<String> names) {
    this.index = index;
    this.asked = asked;
    this.options = options;
    this.names = List.copyOf(new TreeSet<>(names));
  }

  Facets fetch(Session session, TenantId tenant) {
    List<List<Facets.Count<Object>>> counts = new ArrayList<>();
    names.forEach(name -> counts.add(new ArrayList<>()));
    for (Record3<Integer, String, Long> row :
        session.sql().resultQuery(SQL, parts(tenant)).coerce(PLACE, VALUE, MATCHES).fetch()) {
      int place = row.value1();
      counts.get(place).add(new Facets.Count<>(parsed(place, row.value2()), row.value3()));
    }
    Map<String, Facets.Facet<?>> byColumn = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      List<Facets.Count<Object>> values = counts.get(i);
      boolean truncated = values.size() > MOST_VALUES;
      byColumn.put(
          names.get(i),
          new Facets.Facet<>(truncated ? values.subList(0, MOST_VALUES) : values, truncated));
    }
    return new Facets(byColumn);
  }

  private @Nullable Object parsed(int place, @Nullable String text) {
    return text == null
        ? null
        : index.columns().codec(index.columns().indexOf(names.get(place))).parsed(text);
  }

  private QueryPart[] parts(TenantId tenant) {
    List<Field<?>> columns = new ArrayList<>();
    List<QueryPart> values = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Field<?> column = DSL.field(DSL.name(names.get(i)));
      columns.add(column);
      values.add(DSL.sql("({0}, cast({1} as text))", DSL.inline(i), column));
    }
    return new QueryPart[] {
      DSL.list(columns),
      index.table(),
      options.filter().and(index.owned(tenant)).and(asked.matches()),
      DSL.list(values),
      DSL.inline(MOST_VALUES + 1)
    };
  }
}
