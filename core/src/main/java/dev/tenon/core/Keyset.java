package dev.tenon.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.Select;
import org.jooq.SelectLimitPercentStep;
import org.jooq.SortField;
import org.jooq.Table;
import org.jooq.exception.DataTypeException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Pages by the values of a row instead of an offset, in both directions.
 *
 * <p>What stands after a row is a list of places that do not overlap, each one range of an index:
 * beyond its values by row comparison, and where an order has nulls last, the nulls. With columns
 * that are never null and one direction there is one place, and the query is a plain one; otherwise
 * each place yields a page at most and the best rows of all are taken. What stands before a row is
 * what stands after it in the reversed order.
 *
 * <p>A cursor is a place between two rows, told by the row on one side of it: a page that is read
 * towards that row begins with it.
 */
final class Keyset<T> {

  private final RowMapping<T> rows;
  private final Page.Request request;
  private final PageCursors cursors;
  private final boolean backward;
  private final List<SortKey> keys;

  private Keyset(
      RowMapping<T> rows,
      Page.Request request,
      PageCursors cursors,
      boolean backward,
      List<SortKey> keys) {
    this.rows = rows;
    this.request = request;
    this.cursors = cursors;
    this.backward = backward;
    this.keys = keys;
  }

  static <T> Keyset<T> of(
      RowMapping<T> rows, Page.Request request, Field<?> id, PageCursors cursors) {
    List<SortField<?>> order = new ArrayList<>(request.order());
    if (order.stream().noneMatch(sort -> sort.getName().equals(id.getName()))) {
      order.add(id.asc());
    }
    List<SortKey> keys = order.stream().map(sort -> SortKey.of(rows, sort, id)).toList();
    keys.forEach(key -> requireOrder(rows, key.component()));
    boolean backward =
        request.start() instanceof Page.Start.Before || request.start() instanceof Page.Start.End;
    return new Keyset<>(
        rows,
        request,
        cursors.of(keys),
        backward,
        backward ? keys.stream().map(SortKey::reversed).toList() : keys);
  }

  /** One row more than the page holds, to know whether there is another one. */
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
    SelectLimitPercentStep<Record> rowsOfPlace =
        sql.select(rows.fields())
            .from(table)
            .where(request.condition().and(place))
            .orderBy(keys.stream().map(SortKey::sort).toList())
            .limit(request.size() + 1);
    return request.start() instanceof Page.Start.Offset offset
        ? rowsOfPlace.offset(offset.rows())
        : rowsOfPlace;
  }

  private List<Condition> places() {
    if (request.start() instanceof Page.Start.After after) {
      return places(cursors.place(after.next()));
    }
    return request.start() instanceof Page.Start.Before before
        ? places(cursors.place(before.previous()))
        : List.of(DSL.noCondition());
  }

  private List<Condition> places(PageCursors.Place place) {
    return placesAfter(values(place.values()), place.behind() == backward);
  }

  private List<Condition> placesAfter(List<SortKey.Value> last, boolean inclusive) {
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
    if (inclusive) {
      places.add(same);
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
    boolean more = found.size() > request.size();
    List<T> page = new ArrayList<>(more ? found.subList(0, request.size()) : found);
    if (backward) {
      Collections.reverse(page);
      return new Page<>(page, more ? Optional.of(before(page)) : Optional.empty(), whereFrom(page));
    }
    return new Page<>(page, whereFrom(page), more ? Optional.of(behind(page)) : Optional.empty());
  }

  /** Back to where the reader came from; an empty page is at that place itself. */
  private Optional<String> whereFrom(List<T> page) {
    if (request.start() instanceof Page.Start.After after) {
      return Optional.of(page.isEmpty() ? after.next() : before(page));
    }
    if (request.start() instanceof Page.Start.Before before) {
      return Optional.of(page.isEmpty() ? before.previous() : behind(page));
    }
    return request.start() instanceof Page.Start.Offset offset
            && offset.rows() > 0
            && !page.isEmpty()
        ? Optional.of(before(page))
        : Optional.empty();
  }

  private String before(List<T> page) {
    return cursors.cursor(false, texts(page.get(0)));
  }

  private String behind(List<T> page) {
    return cursors.cursor(true, texts(page.get(page.size() - 1)));
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

  private List<@Nullable String> texts(T row) {
    List<@Nullable String> texts = new ArrayList<>();
    for (SortKey key : keys) {
      Object value = rows.value(row, key.component());
      texts.add(
          value == null
              ? null
              : value instanceof Enum<?> ? rows.text(value, key.component()) : value.toString());
    }
    return texts;
  }

  private List<SortKey.Value> values(List<@Nullable String> texts) {
    if (texts.size() != keys.size()) {
      throw PageCursors.foreign(null);
    }
    List<SortKey.Value> values = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      values.add(value(keys.get(i), texts.get(i)));
    }
    return values;
  }

  private static SortKey.Value value(SortKey key, @Nullable String text) {
    if (text == null && key.nullable()) {
      return key.ofNull();
    }
    try {
      Object value = key.field().getDataType().convert(text);
      if (value == null) {
        throw PageCursors.foreign(null);
      }
      return key.of(value);
    } catch (DataTypeException | IllegalArgumentException error) {
      throw PageCursors.foreign(error);
    }
  }

  private static void requireOrder(RowMapping<?> rows, int component) {
    if (!rows.isSortable(component)) {
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
}
