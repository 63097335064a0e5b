package dev.tenon.timeseries;

import dev.tenon.timeseries.Rollup.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** The table of a rollup: its columns, and how each comes from what it is made of. */
final class RollupTable {

  static final Field<Instant> BUCKET = DSL.field(DSL.name("bucket"), TimeBinding.TYPE);
  static final Field<Long> ROWS = DSL.field(DSL.name("rows"), SQLDataType.BIGINT);
  static final Field<Instant> FIRST_TIME = DSL.field(DSL.name("first_time"), TimeBinding.TYPE);
  static final Field<Instant> LAST_TIME = DSL.field(DSL.name("last_time"), TimeBinding.TYPE);

  /** The columns of the log. */
  static final Field<Instant> FROM = DSL.field(DSL.name("from_time"), TimeBinding.TYPE);

  static final Field<Instant> TO = DSL.field(DSL.name("to_time"), TimeBinding.TYPE);

  /** When rows may be, in SQL. */
  static final String ALWAYS =
      "tstzrange('%s', '%s')"
          .formatted(
              Timestamps.text(Timestamps.FIRST_ROW), Timestamps.text(Timestamps.AFTER_LAST_ROW));

  private final Hypertable<?> hypertable;
  private final Rollup rollup;
  private final List<StateColumn> columns;

  /**
   * A column that keeps a part of a state.
   *
   * @param fromRows its value for the rows of a bucket
   * @param merged its value for the rows of this rollup in a bucket of a coarser one
   */
  record StateColumn(Field<?> field, String sqlType, Field<?> fromRows, Field<?> merged) {

    String name() {
      return field.getName();
    }

    /** Whether SQL names it, or seems to; a name comes from Java's and has no quote in it. */
    boolean isIn(String sql) {
      return sql.contains(name());
    }
  }

  RollupTable(Hypertable<?> hypertable, Rollup rollup) {
    this.hypertable = hypertable;
    this.rollup = rollup;
    this.columns = columns();
  }

  private RollupTable(Hypertable<?> hypertable, Rollup rollup, List<StateColumn> columns) {
    this.hypertable = hypertable;
    this.rollup = rollup;
    this.columns = columns;
  }

  /**
   * The same, with no more columns than these need; the server does not leave any out by itself
   * where two selects are one.
   */
  RollupTable usedBy(List<Field<?>> fields) {
    String used = fields.stream().map(RollupTable::sql).collect(Collectors.joining(" "));
    List<StateColumn> asked = columns.stream().filter(column -> column.isIn(used)).toList();
    String needed =
        asked.stream()
            .map(column -> sql(column.field()) + " " + sql(column.merged()))
            .collect(Collectors.joining(" "));
    return new RollupTable(
        hypertable, rollup, columns.stream().filter(column -> column.isIn(needed)).toList());
  }

  private List<StateColumn> columns() {
    List<StateColumn> all = new ArrayList<>();
    Field<Instant> time = time(hypertable);
    all.add(
        new StateColumn(
            ROWS,
            "bigint",
            DSL.count().cast(SQLDataType.BIGINT),
            DSL.sum(ROWS).cast(SQLDataType.BIGINT)));
    all.add(new StateColumn(FIRST_TIME, "timestamptz", DSL.min(time), DSL.min(FIRST_TIME)));
    all.add(new StateColumn(LAST_TIME, "timestamptz", DSL.max(time), DSL.max(LAST_TIME)));
    rollup.states().forEach(state -> all.addAll(columns(state)));
    return List.copyOf(all);
  }

  private List<StateColumn> columns(Rollup.State state) {
    Column column = column(state.component());
    Field<?> value = column.field();
    String type = column.type().sql();
    Field<?> kept = field(state.kind(), column);
    return switch (state.kind()) {
      case SUM -> sums(column);
      case MIN -> List.of(new StateColumn(kept, type, DSL.min(value), DSL.min(kept)));
      case MAX -> List.of(new StateColumn(kept, type, DSL.max(value), DSL.max(kept)));
      case FIRST -> List.of(valueAt(Dialect.End.FIRST, kept, column, FIRST_TIME));
      case LAST -> List.of(valueAt(Dialect.End.LAST, kept, column, LAST_TIME));
    };
  }

  private StateColumn valueAt(
      Dialect.End end, Field<?> kept, Column column, Field<Instant> keptTime) {
    return new StateColumn(
        kept,
        column.type().sql(),
        PartitionDialect.at(end, column.field(), List.of(time(hypertable))),
        PartitionDialect.at(end, kept, List.of(keptTime)));
  }

  /** Whole numbers are summed as numeric, which no sum of theirs can leave. */
  private static List<StateColumn> sums(Column column) {
    @SuppressWarnings("unchecked")
    Field<? extends Number> value = (Field<? extends Number>) column.field();
    Field<? extends Number> sum = sum(column);
    boolean floating = sum.getType() == Double.class;
    List<StateColumn> all = new ArrayList<>();
    all.add(
        new StateColumn(
            sum,
            floating ? "double precision" : "numeric",
            (floating ? DSL.sum(value.cast(SQLDataType.DOUBLE)) : DSL.sum(value))
                .cast(sum.getDataType()),
            DSL.sum(sum).cast(sum.getDataType())));
    if (column.nullable()) {
      Field<Long> count = count(column);
      all.add(
          new StateColumn(
              count,
              "bigint",
              DSL.count(value).cast(SQLDataType.BIGINT),
              DSL.sum(count).cast(SQLDataType.BIGINT)));
    }
    return all;
  }

  private static Field<?> field(Kind kind, Column column) {
    DataType<?> type = column.type().dataType();
    return switch (kind) {
      case SUM -> sum(column);
      case MIN -> DSL.field(DSL.name(column.name() + "_min"), type);
      case MAX -> DSL.field(DSL.name(column.name() + "_max"), type);
      case FIRST -> DSL.field(DSL.name(column.name() + "_first"), type);
      case LAST -> DSL.field(DSL.name(column.name() + "_last"), type);
    };
  }

  private static Field<? extends Number> sum(Column column) {
    Class<?> type = column.field().getType();
    Name name = DSL.name(column.name() + "_sum");
    return type == Double.class || type == Float.class
        ? DSL.field(name, SQLDataType.DOUBLE)
        : DSL.field(name, SQLDataType.NUMERIC);
  }

  /** How many values there are; every row has one where none may be null. */
  private static Field<Long> count(Column column) {
    return column.nullable()
        ? DSL.field(DSL.name(column.name() + "_count"), SQLDataType.BIGINT)
        : ROWS;
  }

  private Column column(String component) {
    return hypertable.columns().stream()
        .filter(column -> column.component().equals(component))
        .findFirst()
        .orElseThrow();
  }

  /** The column that keeps a state of a column of the hypertable, if the rollup does. */
  @Nullable Field<?> kept(Kind kind, Field<?> value) {
    return columnOf(kind, value).map(column -> field(kind, column)).orElse(null);
  }

  /** The column that keeps how many values a column of the hypertable has. */
  Field<Long> keptCount(Field<?> value) {
    return columnOf(Kind.SUM, value).map(RollupTable::count).orElse(ROWS);
  }

  private Optional<Column> columnOf(Kind kind, Field<?> value) {
    return rollup.states().stream()
        .filter(state -> state.kind() == kind)
        .map(state -> column(state.component()))
        .filter(column -> column.field().equals(value))
        .findFirst();
  }

  Rollup rollup() {
    return rollup;
  }

  List<StateColumn> states() {
    return columns;
  }

  Name name() {
    return DSL.name(hypertable.schema(), rollup.name());
  }

  Table<Record> table() {
    return DSL.table(name());
  }

  String quoted() {
    return Hypertable.quote(name());
  }

  /** What is named after it. */
  String quoted(String suffix) {
    return Hypertable.quote(DSL.name(hypertable.schema(), rollup.name() + suffix));
  }

  /** What it is made from, in SQL. */
  String quotedSource() {
    RollupTable source = source();
    return source == null ? hypertable.quotedTable() : source.quoted();
  }

  /** The table that it is made from; null where it is the hypertable itself. */
  @Nullable RollupTable source() {
    Rollup source = rollup.source();
    if (source == null) {
      return null;
    }
    Set<String> names = columns.stream().map(StateColumn::name).collect(Collectors.toSet());
    List<StateColumn> same =
        new RollupTable(hypertable, source)
            .columns.stream().filter(column -> names.contains(column.name())).toList();
    return new RollupTable(hypertable, source, same);
  }

  /** The time of a row of what it is made from. */
  Field<Instant> sourceTime() {
    return rollup.source() == null ? time(hypertable) : BUCKET;
  }

  /** The start of its bucket that a time falls into; alike on every engine. */
  Field<Instant> start(Field<Instant> time) {
    return BucketFields.start(rollup.bucket(), PartitionDialect.INSTANCE, time);
  }

  /** The end of its bucket that the last instant before a time falls into. */
  Field<Instant> end(Field<Instant> time) {
    Field<Instant> before = DSL.field("{0} - interval '1 microsecond'", TimeBinding.TYPE, time);
    return BucketFields.next(rollup.bucket(), start(before));
  }

  /** Before it no bucket is made anew, because what it is made from is gone. */
  Field<Instant> oldest() {
    return start(new Floor(hypertable).sealed(rollup.name()));
  }

  /** A range in SQL, widened to its buckets; empty where the rows are gone. */
  String wholeBuckets(Field<Instant> from, Field<Instant> to) {
    return "tstzrange(%s, %s) * %s * tstzrange(%s, null)"
        .formatted(sql(start(from)), sql(end(to)), ALWAYS, sql(oldest()));
  }

  /** What is kept, computed from what it is made from. */
  List<Field<?>> computed() {
    return columns.stream()
        .<Field<?>>map(rollup.source() == null ? StateColumn::fromRows : StateColumn::merged)
        .toList();
  }

  /** The names of the columns that tell one row from another, the tenant first. */
  List<String> key() {
    return Stream.of(
            Stream.of(hypertable.tenantColumn()),
            hypertable.seriesFields().stream().map(Field::getName),
            Stream.of(BUCKET.getName()))
        .flatMap(names -> names)
        .toList();
  }

  static Field<Instant> time(Hypertable<?> hypertable) {
    return DSL.field(DSL.name(hypertable.timeColumn().name()), TimeBinding.TYPE);
  }

  static String sql(Field<?> field) {
    return Hypertable.POSTGRES.renderInlined(field);
  }
}
