package dev.tenon.core;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
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
  private final Field<?> id;
  private final PageCursors cursors;
  private final boolean backward;
  private final List<SortKey> keys;

  private Keyset(
      RowMapping<T> rows,
      Page.Request request,
      Field<?> id,
      PageCursors cursors,
      boolean backward,
      List<SortKey> keys) {
    this.rows = rows;
    this.request = request;
    this.id = id;
    this.cursors = cursors;
    this.backward = backward;
    this.keys = keys;
  }

  static <T> Keyset<T> of(
      RowMapping<T> rows, Page.Request request, Field<?> id, PageCursors cursors) {
    List<SortKey> keys = new ArrayList<>();
    boolean identified = false;
    for (SortField<?> sort : request.order()) {
      keys.add(SortKey.of(rows, sort, id));
      identified |= sort.getName().equals(id.getName());
    }
    if (!identified) {
      keys.add(SortKey.of(rows, id.asc(), id));
    }
    keys.forEach(key -> requireOrder(rows, key.component()));
    boolean backward =
        request.start() instanceof Page.Start.Before || request.start() instanceof Page.Start.End;
    return new Keyset<>(
        rows,
        request,
        id,
        cursors.of(keys),
        backward,
        backward ? keys.stream().map(SortKey::reversed).toList() : keys);
  }

  List<SortKey> keys() {
    return keys;
  }

  /** One row more than the page holds, to know whether there is another one. */
  int limit() {
    return request.size() + 1;
  }

  /**
   * The values that a plain page lies beyond, none if it begins with the first row; empty where
   * jOOQ has to make the query.
   */
  Optional<List<Object>> plain() {
    if (request.condition() != DSL.noCondition()
        || request.start() instanceof Page.Start.Offset
        || !keys.stream().allMatch(key -> key.isPlain(rows, keys.get(0)))) {
      return Optional.empty();
    }
    Optional<PageCursors.Place> start = start();
    if (start.isEmpty()) {
      return Optional.of(List.of());
    }
    if (start.get().behind() == backward) {
      return Optional.empty();
    }
    List<@Nullable String> texts = start.get().values();
    requireOfEachKey(texts);
    List<Object> last = new ArrayList<>(texts.size());
    for (int i = 0; i < texts.size(); i++) {
      last.add(parsed(keys.get(i), texts.get(i), SortKey::plain));
    }
    return Optional.of(last);
  }

  ResultQuery<Record> query(DSLContext sql, Table<?> table, Condition owned) {
    List<Select<Record>> parts =
        places().stream().map(place -> part(sql, table, owned.and(place))).toList();
    if (parts.size() == 1) {
      return parts.get(0);
    }
    return sql.select(rows.fields())
        .from(parts.stream().reduce(Select::unionAll).orElseThrow().asTable("page"))
        .orderBy(keys.stream().map(SortKey::ofResult).toList())
        .limit(limit());
  }

  private Select<Record> part(DSLContext sql, Table<?> table, Condition place) {
    SelectLimitPercentStep<Record> rowsOfPlace =
        sql.select(rows.fields())
            .from(table)
            .where(request.condition().and(place))
            .orderBy(keys.stream().map(SortKey::sort).toList())
            .limit(limit());
    return request.start() instanceof Page.Start.Offset offset
        ? rowsOfPlace.offset(offset.rows())
        : rowsOfPlace;
  }

  private List<Condition> places() {
    return start()
        .map(place -> placesAfter(values(place.values()), place.behind() == backward))
        .orElse(List.of(DSL.noCondition()));
  }

  private Optional<PageCursors.Place> start() {
    if (request.start() instanceof Page.Start.After after) {
      return Optional.of(cursors.place(after.next()));
    }
    return request.start() instanceof Page.Start.Before before
        ? Optional.of(cursors.place(before.previous()))
        : Optional.empty();
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

  /**
   * The sort columns that are declared not null, where a page was read from a cursor to the end:
   * rows that hold nulls in them nevertheless would have been passed over.
   */
  List<SortKey> trusted(List<T> found) {
    boolean fromCursor =
        request.start() instanceof Page.Start.After || request.start() instanceof Page.Start.Before;
    return fromCursor && found.size() <= request.size()
        ? keys.stream().filter(key -> key.isDeclaredNotNull(id)).toList()
        : List.of();
  }

  /** Refuses pages over a row that has a null where none may be. */
  void requireNoneNull(DSLContext sql, Table<?> table, Condition owned, List<SortKey> trusted) {
    List<Field<?>> columns = new ArrayList<>();
    Condition isNull = DSL.falseCondition();
    for (SortKey key : trusted) {
      columns.add(DSL.field(key.result().isNull()));
      isNull = isNull.or(key.result().isNull());
    }
    Record row =
        sql.select(columns)
            .from(table)
            .where(request.condition().and(owned).and(isNull).and(mayBeNull(table, trusted)))
            .limit(1)
            .fetchOne();
    if (row != null) {
      int place = 0;
      while (!row.get(place, Boolean.class)) {
        place++;
      }
      throw isNull(trusted.get(place));
    }
  }

  /** So that nothing is read of a table that the server keeps free of nulls. */
  private static Condition mayBeNull(Table<?> table, List<SortKey> trusted) {
    String[] names = trusted.stream().map(SortKey::name).toArray(String[]::new);
    return DSL.condition(
        "(select count(*) from pg_catalog.pg_attribute where attrelid = to_regclass({0}) and"
            + " attname = any ({1}) and attnotnull) < {2}",
        DSL.val(BulkStatements.rendered(table.getQualifiedName())),
        DSL.val(names),
        DSL.inline(names.length));
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
        throw isNull(key);
      }
    }
  }

  private UsageException isNull(SortKey key) {
    return new UsageException(
        Problem.what("the sort column " + key.name() + " is null")
            .where("Repository of " + rows.name() + ".page")
            .why("its field is declared not null, so rows with nulls would be lost")
            .fix("declare the field nullable, or make the column not null"));
  }

  private List<@Nullable String> texts(T row) {
    List<@Nullable String> texts = new ArrayList<>(keys.size());
    for (SortKey key : keys) {
      Object value = rows.value(row, key.component());
      texts.add(value == null ? null : text(value, key.component()));
    }
    return texts;
  }

  private @Nullable String text(Object value, int component) {
    if (value instanceof Enum<?> || rows.codec(component).isConverted()) {
      return rows.text(value, component);
    }
    if (value instanceof OffsetDateTime time) {
      return CursorTimes.text(time.toInstant());
    }
    return value instanceof Instant time ? CursorTimes.text(time) : value.toString();
  }

  private void requireOfEachKey(List<@Nullable String> texts) {
    if (texts.size() != keys.size()) {
      throw PageCursors.foreign(null);
    }
  }

  private List<SortKey.Value> values(List<@Nullable String> texts) {
    requireOfEachKey(texts);
    List<SortKey.Value> values = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      SortKey key = keys.get(i);
      String text = texts.get(i);
      values.add(
          text == null && key.nullable()
              ? key.ofNull()
              : key.of(rows, parsed(key, text, this::any)));
    }
    return values;
  }

  private @Nullable Object any(SortKey key, String text) {
    if (rows.codec(key.component()).isConverted()) {
      return rows.parsed(text, key.component());
    }
    Class<?> type = rows.type(key.component());
    boolean isTime = type == Instant.class || type == OffsetDateTime.class;
    return key.any(isTime ? CursorTimes.parsed(text).toString() : text);
  }

  private static Object parsed(
      SortKey key, @Nullable String text, BiFunction<SortKey, String, @Nullable Object> parsing) {
    if (text == null) {
      throw PageCursors.foreign(null);
    }
    try {
      Object value = parsing.apply(key, text);
      if (value == null) {
        throw PageCursors.foreign(null);
      }
      return value;
    } catch (InvalidDataException
        | DataTypeException
        | DateTimeException
        | IllegalArgumentException error) {
      throw PageCursors.foreign(error);
    }
  }

  private static void requireOrder(RowMapping<?> rows, int component) {
    if (!rows.isSortable(component) && !rows.codec(component).hasOwnOrder()) {
      throw new UsageException(
          Problem.what(
                  "the sort column "
                      + rows.fields().get(component).getName()
                      + " holds "
                      + rows.sqlType(component))
              .where("Repository of " + rows.name() + ".page")
              .why("the order of such values is not that of their texts, which a cursor keeps")
              .fix("sort by a column of numbers, texts, times or UUIDs"));
    }
  }
}
