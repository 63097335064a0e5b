package dev.tenon.core;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.Select;
import org.jooq.SortField;
import org.jooq.Table;
import org.jooq.exception.DataTypeException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Pages by the values of the last row instead of an offset.
 *
 * <p>What stands after a row is a list of places that do not overlap, each one range of an index:
 * beyond its values by row comparison, and where an order has nulls last, the nulls. With columns
 * that are never null and one direction there is one place, and the query is a plain one; otherwise
 * each place yields a page at most and the best rows of all are taken.
 *
 * <p>A cursor is the order it was made for and the sort values of the last row, as text, in
 * URL-safe Base64.
 */
final class Keyset<T> {

  private static final String SEPARATOR = "\u001f";
  private static final String ESCAPE = "\u001e";
  private static final String NULL = ESCAPE + "2";

  private final RowMapping<T> rows;
  private final Page.Request request;
  private final List<SortKey> keys;

  private Keyset(RowMapping<T> rows, Page.Request request, List<SortKey> keys) {
    this.rows = rows;
    this.request = request;
    this.keys = keys;
  }

  static <T> Keyset<T> of(RowMapping<T> rows, Page.Request request, Field<?> id) {
    List<SortField<?>> order = new ArrayList<>(request.order());
    if (order.stream().noneMatch(sort -> sort.getName().equals(id.getName()))) {
      order.add(id.asc());
    }
    List<SortKey> keys = order.stream().map(sort -> SortKey.of(rows, sort, id)).toList();
    keys.forEach(key -> requireOrder(rows, key.component()));
    return new Keyset<>(rows, request, keys);
  }

  /** One row more than the page holds, to know whether there is a next one. */
  ResultQuery<Record> query(DSLContext sql, Table<?> table, Condition owned) {
    List<Select<Record>> parts =
        places().stream().map(place -> part(sql, table, owned.and(place))).toList();
    if (parts.size() == 1) {
      return parts.get(0);
    }
    return sql.select(rows.fields())
        .from(parts.stream().reduce(Select::unionAll).orElseThrow().asTable("page"))
        .orderBy(keys.stream().map(SortKey::ofResult).toList())
        .limit(request.size() + 1);
  }

  private Select<Record> part(DSLContext sql, Table<?> table, Condition place) {
    return sql.select(rows.fields())
        .from(table)
        .where(request.condition().and(place))
        .orderBy(keys.stream().map(SortKey::sort).toList())
        .limit(request.size() + 1);
  }

  private List<Condition> places() {
    return request
        .cursor()
        .map(cursor -> placesAfter(decode(cursor)))
        .orElse(List.of(DSL.noCondition()));
  }

  private List<Condition> placesAfter(List<SortKey.Value> last) {
    List<Condition> places = new ArrayList<>();
    Condition same = DSL.noCondition();
    int next = 0;
    while (next < last.size()) {
      List<SortKey.Value> run = comparable(last.subList(next, last.size()));
      if (!run.get(0).isNull()) {
        places.add(same.and(SortKey.beyond(run)));
      }
      for (SortKey.Value value : run) {
        Optional<Condition> nulls = value.otherSideOfNulls();
        if (nulls.isPresent()) {
          places.add(same.and(nulls.get()));
        }
        same = same.and(value.same());
      }
      next += run.size();
    }
    return places;
  }

  /** The values from the first on that one row comparison covers: no null, one direction. */
  private static List<SortKey.Value> comparable(List<SortKey.Value> values) {
    SortKey.Value first = values.get(0);
    int end = 1;
    while (!first.isNull() && end < values.size() && values.get(end).comparesLike(first)) {
      end++;
    }
    return values.subList(0, end);
  }

  Page<T> page(List<T> found) {
    found.forEach(this::requireDeclaredNotNull);
    if (found.size() <= request.size()) {
      return new Page<>(found, Optional.empty());
    }
    List<T> page = found.subList(0, request.size());
    return new Page<>(page, Optional.of(encode(page.get(page.size() - 1))));
  }

  private void requireDeclaredNotNull(T row) {
    for (SortKey key : keys) {
      if (!key.nullable() && rows.value(row, key.component()) == null) {
        throw new UsageException(
            Problem.what("the sort column " + key.name() + " is null")
                .where("Repository of " + rows.name() + ".page")
                .why("its field is declared not null, so rows with nulls would be lost")
                .fix("declare the field nullable, or make the column not null"));
      }
    }
  }

  private String encode(T last) {
    StringBuilder text = new StringBuilder(fingerprint());
    for (SortKey key : keys) {
      Object value = rows.value(last, key.component());
      text.append(SEPARATOR);
      if (value == null) {
        text.append(NULL);
      } else {
        text.append(escape(value instanceof Enum<?> label ? label.name() : value.toString()));
      }
    }
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private List<SortKey.Value> decode(String cursor) {
    String[] parts = plain(cursor).split(SEPARATOR, -1);
    if (parts.length != keys.size() + 1 || !parts[0].equals(fingerprint())) {
      throw foreign(null);
    }
    List<SortKey.Value> values = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      values.add(value(keys.get(i), parts[i + 1]));
    }
    return values;
  }

  private static SortKey.Value value(SortKey key, String text) {
    if (text.equals(NULL) && key.nullable()) {
      return key.ofNull();
    }
    try {
      Object value = key.field().getDataType().convert(unescape(text));
      if (value == null) {
        throw foreign(null);
      }
      return key.of(value);
    } catch (DataTypeException | IllegalArgumentException error) {
      throw foreign(error);
    }
  }

  private String fingerprint() {
    StringBuilder text = new StringBuilder();
    keys.forEach(key -> text.append(key.fingerprint()));
    return Integer.toHexString(text.toString().hashCode());
  }

  private static String plain(String cursor) {
    try {
      return new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException error) {
      throw foreign(error);
    }
  }

  private static String escape(String value) {
    return value.replace(ESCAPE, ESCAPE + "0").replace(SEPARATOR, ESCAPE + "1");
  }

  private static String unescape(String value) {
    return value.replace(ESCAPE + "1", SEPARATOR).replace(ESCAPE + "0", ESCAPE);
  }

  private static void requireOrder(RowMapping<?> rows, int component) {
    if (rows.type(component) == byte[].class || rows.type(component) == JSONB.class) {
      throw new UsageException(
          Problem.what(
                  "the sort column "
                      + rows.fields().get(component).getName()
                      + " is a "
                      + rows.type(component).getSimpleName())
              .where("Repository of " + rows.name() + ".page")
              .why("a cursor keeps its value as text, which such a value has not")
              .fix("sort by columns of simple values"));
    }
  }

  private static InvalidDataException foreign(@Nullable Throwable cause) {
    return new InvalidDataException(
        Problem.what("the page cursor does not fit this request")
            .where("Page.Request.after")
            .why("it was made for another order, or was changed on its way")
            .fix("begin at the first page, or keep the order of the request that gave the cursor"),
        cause);
  }
}
