package dev.tenon.core.search;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.QueryPart;
import org.jooq.Record3;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * The statement that counts the rows that match by the values of some properties: one pass over
 * them, whatever the number of properties. Values travel as texts, for columns have types of their
 * own.
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
  private final List<Property> properties;

  FacetRows(TextIndex<?> index, Asked asked, SearchOptions options, Set<Property> properties) {
    this.index = index;
    this.asked = asked;
    this.options = options;
    this.properties = properties.stream().sorted(Comparator.comparing(Property::toString)).toList();
  }

  Facets fetch(Session session, TenantId tenant) {
    List<List<Facets.Count<Object>>> counts = new ArrayList<>();
    properties.forEach(property -> counts.add(new ArrayList<>()));
    for (Record3<Integer, String, Long> row :
        session.sql().resultQuery(SQL, parts(tenant)).coerce(PLACE, VALUE, MATCHES).fetch()) {
      int place = row.value1();
      counts.get(place).add(new Facets.Count<>(parsed(place, row.value2()), row.value3()));
    }
    Map<Property, Facets.Facet<?>> byProperty = new HashMap<>();
    for (int i = 0; i < properties.size(); i++) {
      List<Facets.Count<Object>> values = counts.get(i);
      boolean truncated = values.size() > MOST_VALUES;
      byProperty.put(
          properties.get(i),
          new Facets.Facet<>(truncated ? values.subList(0, MOST_VALUES) : values, truncated));
    }
    return new Facets(byProperty);
  }

  private @Nullable Object parsed(int place, @Nullable String text) {
    Property property = properties.get(place);
    return text == null || property.attribute() != null
        ? text
        : index.columns().codec(index.columns().indexOf(property.column())).parsed(text);
  }

  private QueryPart[] parts(TenantId tenant) {
    List<QueryPart> told = new ArrayList<>();
    List<QueryPart> values = new ArrayList<>();
    for (int i = 0; i < properties.size(); i++) {
      Name name = DSL.name("tenon_" + i);
      told.add(DSL.sql("cast({0} as text) as {1}", properties.get(i).field(), name));
      values.add(DSL.sql("({0}, {1})", DSL.inline(i), name));
    }
    return new QueryPart[] {
      DSL.list(told),
      index.table(),
      options.filter().and(index.owned(tenant)).and(asked.matches()),
      DSL.list(values),
      DSL.inline(MOST_VALUES + 1)
    };
  }
}
