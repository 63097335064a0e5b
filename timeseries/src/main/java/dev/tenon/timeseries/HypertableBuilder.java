package dev.tenon.timeseries;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.RecordShape;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Collects what a {@link HypertableRepository} needs to know. Not safe for use by many threads.
 *
 * <p>Each component of the record is a column of the same name in snake case. A component may be
 * null only if it is annotated {@code @Nullable}. The tenant column is no component: it is filled
 * from the session.
 *
 * @param <T> the record type
 */
public final class HypertableBuilder<T> {

  private static final Duration WEEK = Duration.ofDays(7);
  private static final Duration SHORTEST_CHUNK = Duration.ofMinutes(1);
  private static final Duration LONGEST_CHUNK = Duration.ofDays(3_650);
  // Names of chunks and functions add up to 16 bytes, and PostgreSQL cuts at 63.
  private static final int LONGEST_NAME = 46;
  private static final int LONGEST_COLUMN = 63;

  private final String name;
  private final RecordShape<T> shape;
  private List<Column> columns;
  private String schema = "public";
  private String tenantColumn = "tenant_id";
  private boolean shared;
  private Duration chunkInterval = WEEK;
  private int time = -1;
  private @Nullable List<Integer> series;
  private List<Rollup> rollups = List.of();
  private @Nullable Duration retention;
  private boolean fenced;
  private @Nullable Duration columnstoreAfter;

  HypertableBuilder(String name, Class<T> type) {
    this.name = name;
    requireIdentifier(name, "the table", LONGEST_NAME);
    this.shape = RecordShape.of(type);
    this.columns = shape.components().stream().map(Column::of).toList();
    for (Column column : columns) {
      requireIdentifier(column.name(), "a column", LONGEST_COLUMN);
    }
    if (columns.stream().map(Column::name).distinct().count() < columns.size()) {
      throw misuse(
          "two components of " + type.getSimpleName() + " map to the same column",
          "components map to columns in snake case, so aB and a_b are the same",
          "rename one of them");
    }
  }

  /** The component that holds the time of a row, an {@link Instant}; required. */
  public HypertableBuilder<T> time(String component) {
    int index = require(component, "time");
    Column column = columns.get(index);
    if (column.javaType() != Instant.class || column.nullable()) {
      throw misuse(
          "the time component " + component + " is not an Instant, or may be null",
          "rows are ordered and stored by time, to the microsecond",
          "declare it as an Instant without @Nullable");
    }
    this.time = index;
    return this;
  }

  /**
   * The components that tell one series from another, the one that most queries name first;
   * required, and may be none.
   *
   * <p>Tenant, series and time are the primary key: a series has one row for an instant.
   */
  public HypertableBuilder<T> series(String... components) {
    List<Integer> indexes = new ArrayList<>();
    for (String component : components) {
      int index = require(component, "series");
      if (columns.get(index).nullable() || indexes.contains(index)) {
        throw misuse(
            "the series component " + component + " may be null, or is named twice",
            "it is part of the primary key",
            "name each once, without @Nullable");
      }
      indexes.add(index);
    }
    this.series = List.copyOf(indexes);
    return this;
  }

  /**
   * Refuses NaN and the infinities in these components, by an append before any I/O, and in SQL by
   * a constraint. Without it they are stored, and make sums and means of what they are.
   *
   * @param components of {@code double} or {@code float}
   */
  public HypertableBuilder<T> finite(String... components) {
    List<Column> changed = new ArrayList<>(columns);
    for (String component : components) {
      int index = require(component, "finite");
      if (!columns.get(index).isFloating()) {
        throw misuse(
            "finite(" + component + ") is no double and no float",
            "other types have no NaN and no infinity",
            "leave it out");
      }
      changed.set(index, changed.get(index).asFinite());
    }
    this.columns = List.copyOf(changed);
    return this;
  }

  /** The schema of the table; {@code public} by default. */
  public HypertableBuilder<T> schema(String schemaName) {
    this.schema = requireIdentifier(schemaName, "the schema", LONGEST_NAME);
    return this;
  }

  /** The column that holds the tenant; {@code tenant_id} by default. */
  public HypertableBuilder<T> tenant(String column) {
    this.tenantColumn = requireIdentifier(column, "the tenant column", LONGEST_COLUMN);
    return this;
  }

  /**
   * Says that rows belong to no tenant: there is no tenant column, any session may be passed, and
   * rows are copied straight into the table.
   */
  public HypertableBuilder<T> shared() {
    this.shared = true;
    return this;
  }

  /**
   * How much time one chunk holds: whole seconds, from a minute to ten years; 7 days by default.
   *
   * <p>A good chunk is one whose index stays in memory while it is written, a quarter of the
   * server's memory at most. At 1,000 rows a second a week is 600 million rows: choose a day there.
   * It takes effect when the table is created.
   */
  public HypertableBuilder<T> chunkInterval(Duration interval) {
    if (interval.compareTo(SHORTEST_CHUNK) < 0
        || interval.compareTo(LONGEST_CHUNK) > 0
        || !interval.equals(interval.truncatedTo(ChronoUnit.SECONDS))) {
      throw misuse(
          "the chunk interval is " + interval,
          "it must be whole seconds, from a minute to ten years",
          "pass a length such as Duration.ofDays(7)");
    }
    this.chunkInterval = interval;
    return this;
  }

  /**
   * The rollups of the table; none by default.
   *
   * @param all each ahead of those that are made from it
   */
  public HypertableBuilder<T> rollups(Rollup... all) {
    for (Rollup rollup : all) {
      requireIdentifier(rollup.name(), "a rollup", LONGEST_NAME);
    }
    this.rollups = List.of(all);
    return this;
  }

  /**
   * How long rows are kept; for ever by default.
   *
   * <p>Nothing is dropped by itself: {@link HypertableRepository#retention} does it, a chunk at a
   * time, so rows stay up to a chunk longer. A table that was there before its retention needs
   * {@link HypertableRepository#upgradeSql} in a migration.
   *
   * @param keep as long as a chunk, and as a bucket of the rollups that are made from the rows, or
   *     longer
   */
  public HypertableBuilder<T> retention(Duration keep) {
    this.retention = keep;
    return this;
  }

  /**
   * Says that a fence will stand around the table ({@code TenantTable.fence}), in the same
   * migration; row-level security by default.
   */
  public HypertableBuilder<T> fenced() {
    this.fenced = true;
    return this;
  }

  /** Keeps chunks by columns once they are 7 days old; see {@link #columnstore(Duration)}. */
  public HypertableBuilder<T> columnstore() {
    return columnstore(WEEK);
  }

  /**
   * Keeps chunks by columns, compressed, once they are so old: by tenant and series, the latest
   * first. Never by default.
   *
   * <p>It needs a fence, because TimescaleDB refuses the columnstore on a table with row-level
   * security, and either in whatever order. Where the server has none the migration says so and
   * leaves it out: rows and answers are the same. Rollups are told of changes and removals row by
   * row then.
   *
   * @param after how old; not negative
   */
  public HypertableBuilder<T> columnstore(Duration after) {
    this.columnstoreAfter = after;
    return this;
  }

  /**
   * Checks the definition and renders its statements; no I/O.
   *
   * @throws UsageException if the time or the series is missing, or a component has the name of the
   *     tenant column
   */
  public HypertableRepository<T> build() {
    List<Integer> keys = series;
    if (time < 0 || keys == null) {
      throw misuse(
          "the time or the series is missing",
          "tenant, series and time are the key of a row",
          "call time(component) and series(components…); series() if there is only one");
    }
    if (keys.contains(time)) {
      throw misuse(
          "the time component is named as part of the series",
          "each row would be a series of its own",
          "leave it out of series(…)");
    }
    if (!shared && columns.stream().anyMatch(column -> column.name().equals(tenantColumn))) {
      throw misuse(
          "the record has a component for the tenant column " + tenantColumn,
          "the tenant comes from the session, so that a record cannot name another",
          "remove the component; session.tenant() tells the owner");
    }
    Hypertable<T> hypertable =
        new Hypertable<>(
            shape,
            schema,
            name,
            tenantColumn,
            shared,
            columns,
            time,
            keys,
            chunkInterval,
            rollups,
            Optional.ofNullable(retention),
            fenced,
            Optional.ofNullable(columnstoreAfter));
    HypertableRules.require(hypertable);
    RollupRules.require(hypertable);
    return new HypertableRepository<>(hypertable);
  }

  private int require(String component, String role) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).component().equals(component)) {
        return i;
      }
    }
    throw misuse(
        "there is no component " + Problem.excerpt(component) + " for the " + role,
        "the components are " + columns.stream().map(Column::component).toList(),
        "name one of them");
  }

  private String requireIdentifier(String identifier, String role, int longest) {
    int length = identifier.getBytes(StandardCharsets.UTF_8).length;
    if (length == 0 || length > longest || identifier.indexOf(0) >= 0) {
      throw misuse(
          "'" + Problem.excerpt(identifier) + "' cannot name " + role,
          "a name has 1 to " + longest + " bytes, none of them zero",
          "choose another");
    }
    return identifier;
  }

  private UsageException misuse(String what, String why, String fix) {
    return new UsageException(
        Problem.what(what)
            .where("definition of the hypertable " + Problem.excerpt(name))
            .why(why)
            .fix(fix));
  }
}
