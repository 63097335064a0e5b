package dev.tenon.timeseries;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What a hypertable asks of its rollups, before there is any SQL of them. */
final class RollupRules {

  private static final int LONGEST_COLUMN = 63;

  /** Columns of what tells of changes, beside the tenant's. */
  private static final Set<String> LOG_COLUMNS =
      Set.of("id", "rollup", "from_time", "to_time", "held", "as_of");

  private static final Set<Class<?>> ORDERED =
      Set.of(
          String.class, Instant.class, OffsetDateTime.class, LocalDateTime.class, LocalDate.class);

  private final Hypertable<?> hypertable;

  private RollupRules(Hypertable<?> hypertable) {
    this.hypertable = hypertable;
  }

  /**
   * @throws UsageException if a rollup cannot be made of the hypertable
   */
  static void require(Hypertable<?> hypertable) {
    RollupRules rules = new RollupRules(hypertable);
    Set<String> names = new HashSet<>(List.of(hypertable.name()));
    names.add(new ChangeLog(hypertable).log().last());
    names.add(new ChangeLog(hypertable).state().last());
    List<Rollup> before = new ArrayList<>();
    for (Rollup rollup : hypertable.rollups()) {
      if (!names.add(rollup.name())) {
        throw rules.misuse(
            rollup,
            "there is another table of its name",
            "each has its own",
            "choose another name");
      }
      rules.requireColumnNames(rollup);
      rules.requireTenantColumn(rollup);
      rules.requireMidnights(rollup);
      rules.requireSource(rollup, before);
      rollup.states().forEach(state -> rules.requireState(rollup, state));
      rules.requireColumns(rollup);
      before.add(rollup);
    }
  }

  private void requireColumnNames(Rollup rollup) {
    Stream.concat(hypertable.ownerColumns(), hypertable.columns().stream().map(Column::name))
        .filter(column -> column.startsWith("_"))
        .findFirst()
        .ifPresent(
            column -> {
              throw misuse(
                  rollup,
                  "the column " + Problem.excerpt(column) + " begins with an underscore",
                  "so do the variables of the functions that refresh it",
                  "name the component otherwise");
            });
  }

  private void requireTenantColumn(Rollup rollup) {
    if (LOG_COLUMNS.contains(hypertable.tenantColumn())) {
      throw misuse(
          rollup,
          "tenant(" + hypertable.tenantColumn() + ") names a column of the log of changes",
          "that has " + new TreeSet<>(LOG_COLUMNS) + " of its own",
          "name the tenant column otherwise");
    }
  }

  private void requireMidnights(Rollup rollup) {
    if (rollup.bucket() instanceof CalendarBucket calendar
        && Buckets.hasOddMidnight(calendar.zone())) {
      throw misuse(
          rollup,
          "a day of the zone " + calendar.zone() + " has no midnight, or two",
          "its clock is set at midnight, and the rows around it count to another bucket than the one"
              + " that lies there",
          "take another zone, or ask the rows");
    }
  }

  private void requireSource(Rollup rollup, List<Rollup> before) {
    Rollup source = rollup.source();
    if (source == null) {
      return;
    }
    if (!before.contains(source)) {
      throw misuse(
          rollup,
          "the rollup " + source.name() + " that it is made from is not named before it",
          "it would be made of nothing; a copy with other states is another rollup",
          "pass that rollup itself to rollups(…), ahead of this one");
    }
    if (!source.states().containsAll(rollup.states())) {
      throw misuse(
          rollup,
          "it keeps more than the rollup " + source.name() + " that it is made from",
          "what is not kept there cannot be made from it",
          "name every state before into(…)");
    }
  }

  private void requireState(Rollup rollup, Rollup.State state) {
    Column column =
        hypertable.columns().stream()
            .filter(candidate -> candidate.component().equals(state.component()))
            .findFirst()
            .orElse(null);
    if (column == null) {
      throw misuse(
          rollup,
          "there is no component " + Problem.excerpt(state.component()),
          "the components are " + hypertable.columns().stream().map(Column::component).toList(),
          "name one of them");
    }
    Class<?> type = column.field().getType();
    boolean number = Number.class.isAssignableFrom(type);
    boolean fits =
        switch (state.kind()) {
          case SUM -> number;
          case MIN, MAX -> number || ORDERED.contains(type);
          case FIRST, LAST -> true;
        };
    if (!fits) {
      throw misuse(
          rollup,
          "the component " + state.component() + " is a " + type.getSimpleName(),
          "sums need numbers, and the smallest and largest an order that every engine has",
          "keep its first or last value");
    }
  }

  private void requireColumns(Rollup rollup) {
    RollupTable table = new RollupTable(hypertable, rollup);
    Set<String> columns = new HashSet<>();
    List<String> all = new ArrayList<>(table.key());
    table.states().forEach(state -> all.add(state.name()));
    for (String column : all) {
      if (!columns.add(column)) {
        throw misuse(
            rollup,
            "two of its columns would be named " + Problem.excerpt(column),
            "a state is named by its column and what it keeps, beside bucket, rows, first_time and"
                + " last_time",
            "rename the component of the series");
      }
      if (column.getBytes(StandardCharsets.UTF_8).length > LONGEST_COLUMN) {
        throw misuse(
            rollup,
            "the name of its column " + Problem.excerpt(column) + " is too long",
            "a name has at most " + LONGEST_COLUMN + " bytes",
            "rename the component");
      }
    }
  }

  private UsageException misuse(Rollup rollup, String what, String why, String fix) {
    return new UsageException(
        Problem.what(what)
            .where(rollup + " of the hypertable " + Problem.excerpt(hypertable.name()))
            .why(why)
            .fix(fix));
  }
}
