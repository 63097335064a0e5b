package dev.tenon.core;

import java.lang.invoke.MethodType;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.RowN;
import org.jooq.SortField;
import org.jooq.SortOrder;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jooq.impl.QOM;
import org.jspecify.annotations.Nullable;

/**
 * One column of a page's order.
 *
 * @param component the position of its component in the record
 * @param field as the caller named it
 * @param result the same in a derived table
 * @param nullable whether rows may hold null; true unless its field is declared not null
 */
record SortKey(
    int component,
    Field<Object> field,
    Field<Object> result,
    boolean descending,
    boolean nullsFirst,
    boolean nullable) {

  private static final Set<Class<?>> PLAIN =
      Set.of(
          UUID.class,
          String.class,
          Short.class,
          Integer.class,
          Long.class,
          BigDecimal.class,
          Instant.class,
          OffsetDateTime.class,
          LocalDateTime.class,
          LocalDate.class);

  private static final Class<?> COLUMN = DSL.field(DSL.name("column")).getClass();

  private static final Class<?> WRITTEN = DSL.field("column").getClass();

  static SortKey of(RowMapping<?> rows, SortField<?> sort, Field<?> id) {
    requireColumn(rows, sort.$field());
    int component = rows.require(sort.$field(), "sort");
    Field<?> column = rows.fields().get(component);
    boolean descending = sort.$sortOrder() == SortOrder.DESC;
    QOM.NullOrdering nulls = sort.$nullOrdering();
    return new SortKey(
        component,
        untyped(sort.$field().getType() == Object.class ? column : sort.$field()),
        untyped(
            sort.$field() instanceof QOM.Collated collated
                ? column.collate(collated.$collation())
                : column),
        descending,
        nulls == null ? descending : nulls == QOM.NullOrdering.NULLS_FIRST,
        !column.getName().equals(id.getName())
            && column.getDataType().nullable()
            && sort.$field().getDataType().nullable());
  }

  /** An expression may well have the name of a column, but never its order. */
  private static void requireColumn(RowMapping<?> rows, Field<?> sort) {
    Field<?> column = sort instanceof QOM.Collated collated ? collated.$field() : sort;
    if (!(column instanceof TableField)
        && column.getClass() != COLUMN
        && column.getClass() != WRITTEN) {
      throw new UsageException(
          Problem.what("the order names an expression, " + Problem.excerpt(column.toString()))
              .where("Repository of " + rows.name() + ".page")
              .why("a cursor keeps the values of columns, which rows are compared by")
              .fix(
                  "sort by a column; keep what is computed in a generated one, with an index on"
                      + " it"));
    }
  }

  @SuppressWarnings("unchecked")
  private static Field<Object> untyped(Field<?> field) {
    return (Field<Object>) field;
  }

  String name() {
    return result.getName();
  }

  SortField<?> sort() {
    return sorted(field);
  }

  SortField<?> ofResult() {
    return sorted(result);
  }

  private SortField<?> sorted(Field<?> column) {
    SortField<?> sorted = descending ? column.desc() : column.asc();
    if (!nullable || nullsFirst == descending) {
      return sorted;
    }
    return nullsFirst ? sorted.nullsFirst() : sorted.nullsLast();
  }

  /** The identifier is none of these, as it is not null by itself. */
  boolean isDeclaredNotNull(Field<?> id) {
    return !nullable && !name().equals(id.getName());
  }

  SortKey reversed() {
    return new SortKey(component, field, result, !descending, !nullsFirst, nullable);
  }

  /**
   * Whether only the value tells a page beyond it from another: it is a column and never null, is
   * sorted as the first key is, and its values cross as those of its component do.
   */
  boolean isPlain(RowMapping<?> rows, SortKey first) {
    Class<?> type = MethodType.methodType(rows.type(component)).wrap().returnType();
    return !nullable
        && !rows.codec(component).isConverted()
        && !rows.codec(component).hasOwnOrder()
        && descending == first.descending
        && field.getType() == type
        && PLAIN.contains(type)
        && ((Field<?>) field instanceof TableField || field.getClass() == COLUMN);
  }

  /** The value of a plain key. */
  @Nullable Object plain(String text) {
    Class<?> type = field.getType();
    if (type == Instant.class) {
      return CursorTimes.parsed(text);
    }
    if (type == OffsetDateTime.class) {
      return CursorTimes.parsed(text).atOffset(ZoneOffset.UTC);
    }
    return type == UUID.class ? UUID.fromString(text) : any(text);
  }

  /** The value of any key that is not null. */
  @Nullable Object any(String text) {
    Class<?> type = field.getType();
    if (type == LocalDate.class) {
      return LocalDate.parse(text);
    }
    if (type == LocalTime.class) {
      return LocalTime.parse(text);
    }
    if (type == LocalDateTime.class) {
      return LocalDateTime.parse(text);
    }
    return field.getDataType().convert(text);
  }

  /** What the order of two rows by this column depends on. */
  String fingerprint() {
    String collation =
        (Field<?>) field instanceof QOM.Collated collated ? collated.$collation().toString() : "";
    return name() + (descending ? '-' : '+') + (nullable && nullsFirst ? '<' : '>') + collation;
  }

  /**
   * Days and times of day cross as text, because those of java.sql have no year 0, skip ten days of
   * 1582 and know no fractions of a second; and what the caller's field, which may be declared
   * otherwise, need not know how to convert. A citext compares as a text unless it is cast.
   */
  Value of(RowMapping<?> rows, Object value) {
    boolean isLocal =
        value instanceof LocalDate || value instanceof LocalDateTime || value instanceof LocalTime;
    boolean isOwn = isLocal && rows.type(component) == value.getClass();
    if (!isOwn && !rows.codec(component).isConverted() && !rows.codec(component).hasOwnOrder()) {
      return new Value(this, DSL.val(value, field.getDataType()));
    }
    return new Value(
        this,
        DSL.field(
            "cast({0} as {1})",
            field.getDataType(),
            DSL.val(rows.text(value, component)),
            DSL.raw(rows.sqlType(component))));
  }

  Value ofNull() {
    return new Value(this, null);
  }

  /** What comes after these values, all of one direction and none of them null. */
  static Condition beyond(List<Value> values) {
    SortKey first = values.get(0).key;
    RowN columns = DSL.row(values.stream().map(value -> value.key.field).toList());
    RowN last = DSL.row(values.stream().map(Value::bound).toList());
    if (values.size() == 1) {
      return first.descending
          ? first.field.lt(values.get(0).bound())
          : first.field.gt(values.get(0).bound());
    }
    return first.descending ? columns.lt(last) : columns.gt(last);
  }

  /** The value that the last row of a page has in this column. */
  record Value(SortKey key, @Nullable Field<Object> value) {

    boolean isNull() {
      return value == null;
    }

    private Field<Object> bound() {
      if (value == null) {
        throw new IllegalStateException(key.name() + " is null");
      }
      return value;
    }

    boolean comparesLike(Value other) {
      return value != null && key.descending == other.key.descending;
    }

    Condition same() {
      return value == null ? key.field.isNull() : key.field.eq(value);
    }

    /** Where a null follows a value, or a value a null. */
    Optional<Condition> otherSideOfNulls() {
      if (value == null) {
        return key.nullsFirst ? Optional.of(key.field.isNotNull()) : Optional.empty();
      }
      return key.nullable && !key.nullsFirst ? Optional.of(key.field.isNull()) : Optional.empty();
    }
  }
}
