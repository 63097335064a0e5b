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
import org.jooq.SortField;
import org.jooq.SortOrder;
import org.jooq.Table;
import org.jooq.exception.DataTypeException;
import org.jspecify.annotations.Nullable;

/**
 * Pages by the values of the last row instead of an offset.
 *
 * <p>A cursor is the order it was made for and the sort values of the last row, as text, in
 * URL-safe Base64.
 */
final class Keyset<T> {

  private static final String SEPARATOR = "\u001f";
  private static final String ESCAPE = "\u001e";

  private final RowMapping<T> rows;
  private final Page.Request request;
  private final List<SortField<?>> order;
  private final List<Integer> components;

  private Keyset(
      RowMapping<T> rows,
      Page.Request request,
      List<SortField<?>> order,
      List<Integer> components) {
    this.rows = rows;
    this.request = request;
    this.order = order;
    this.components = components;
  }

  static <T> Keyset<T> of(RowMapping<T> rows, Page.Request request, Field<?> id) {
    List<SortField<?>> order = new ArrayList<>(request.order());
    if (order.stream().noneMatch(sort -> sort.getName().equals(id.getName()))) {
      order.add(id.asc());
    }
    List<Integer> components =
        order.stream().map(sort -> rows.require(sort.$field(), "sort")).toList();
    components.forEach(component -> requireOrder(rows, component));
    return new Keyset<>(rows, request, order, components);
  }

  /** One row more than the page holds, to know whether there is a next one. */
  ResultQuery<Record> query(DSLContext sql, Table<?> table, Condition owned) {
    var ordered =
        sql.select(rows.fields()).from(table).where(owned.and(request.condition())).orderBy(order);
    return request.cursor().isEmpty()
        ? ordered.limit(request.size() + 1)
        : ordered.seek(decode(request.cursor().get())).limit(request.size() + 1);
  }

  Page<T> page(List<T> found) {
    if (found.size() <= request.size()) {
      return new Page<>(found, Optional.empty());
    }
    // The row beyond the page counts: where it is null, the next page would not meet it.
    encode(found.get(request.size()));
    List<T> page = found.subList(0, request.size());
    return new Page<>(page, Optional.of(encode(page.get(page.size() - 1))));
  }

  private String encode(T last) {
    StringBuilder text = new StringBuilder(fingerprint());
    for (int component : components) {
      Object value = rows.value(last, component);
      if (value == null) {
        throw nullSortValue(component);
      }
      text.append(SEPARATOR)
          .append(escape(value instanceof Enum<?> constant ? constant.name() : value.toString()));
    }
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private Object[] decode(String cursor) {
    String[] parts = plain(cursor).split(SEPARATOR, -1);
    if (parts.length != components.size() + 1 || !parts[0].equals(fingerprint())) {
      throw foreign(null);
    }
    Object[] values = new Object[components.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = convert(order.get(i), unescape(parts[i + 1]));
    }
    return values;
  }

  private static Object convert(SortField<?> sort, String text) {
    try {
      Object value = sort.$field().getDataType().convert(text);
      if (value == null) {
        throw foreign(null);
      }
      return value;
    } catch (DataTypeException | IllegalArgumentException error) {
      throw foreign(error);
    }
  }

  private String fingerprint() {
    StringBuilder text = new StringBuilder();
    for (SortField<?> sort : order) {
      text.append(sort.getName()).append(sort.getOrder() == SortOrder.DESC ? '-' : '+');
    }
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

  private UsageException nullSortValue(int component) {
    String column = rows.fields().get(component).getName();
    return new UsageException(
        Problem.what("the sort column " + column + " is null in the last row of the page")
            .where("Repository of " + rows.name() + ".page")
            .why("rows with nulls have no place after a keyset and would be lost")
            .fix("sort by columns that are never null, or exclude nulls in the condition"));
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
