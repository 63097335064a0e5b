package dev.tenon.timeseries;

import dev.tenon.core.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.SelectField;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * What a rollup would keep if it were refreshed now, in one statement: what it keeps of buckets of
 * which the log tells nothing, and the others made from what it is made from, which is strict too.
 *
 * <p>The statement has one snapshot, in which the log, the rollup and the rows belong together.
 */
record StrictRollup(Hypertable<?> hypertable, TenantId tenant, TimeRange range) {

  private static final Name CHANGED = DSL.name("changed");
  static final Field<Instant> FROM = time("from_time");
  static final Field<Instant> TO = time("to_time");

  /** Beside columns that may have any name of Java's. */
  private static final Field<Instant> PART_FROM = time("tenon from");

  private static final Field<Instant> PART_TO = time("tenon to");

  /** The series, the bucket and the states. */
  Select<Record> states(RollupTable table) {
    Name name = DSL.name("changed_in_" + table.rollup().name());
    Condition unchanged =
        DSL.condition("not coalesce({0} @> {1}, false)", one(name, CHANGED), RollupTable.BUCKET);
    return DSL.with(name.asMaterialized(changed(table)))
        .select(columns(hypertable, table))
        .from(table.table())
        .where(Reads.rowsOf(hypertable, tenant, range, RollupTable.BUCKET).and(unchanged))
        .unionAll(remade(table, name));
  }

  static List<SelectField<?>> columns(Hypertable<?> hypertable, RollupTable table) {
    List<SelectField<?>> columns = new ArrayList<>(hypertable.seriesFields());
    columns.add(RollupTable.BUCKET);
    table.states().forEach(state -> columns.add(state.field()));
    return columns;
  }

  /**
   * Part by part, so that only the chunks of a part are looked at, and none where there is none.
   */
  private Select<Record> remade(RollupTable table, Name changed) {
    Field<Instant> time = table.sourceTime();
    Field<Instant> start = table.start(time);
    List<SelectField<?>> columns = new ArrayList<>(hypertable.seriesFields());
    columns.add(start.as(RollupTable.BUCKET));
    List<Field<?>> computed = table.computed();
    for (int i = 0; i < computed.size(); i++) {
      columns.add(computed.get(i).as(table.states().get(i).field()));
    }
    List<Field<?>> keys = new ArrayList<>(hypertable.seriesFields());
    keys.add(start);
    Table<?> parts =
        DSL.table(
            "(select lower(part) as {0}, upper(part) as {1} from unnest({2}) as part) as parts",
            PART_FROM.getQualifiedName(), PART_TO.getQualifiedName(), one(changed, CHANGED));
    Table<?> part =
        DSL.lateral(
            DSL.select(columns)
                .from(source(table))
                .where(time.ge(PART_FROM).and(time.lt(PART_TO)))
                .groupBy(keys)
                .asTable(DSL.name("remade_for_" + table.rollup().name())));
    return DSL.select(columns(hypertable, table)).from(parts).crossJoin(part);
  }

  private Table<?> source(RollupTable table) {
    RollupTable source = table.source();
    if (source != null) {
      return states(source).asTable(DSL.name("of_" + source.rollup().name()));
    }
    List<SelectField<?>> columns = new ArrayList<>(hypertable.fields());
    return DSL.select(columns)
        .from(hypertable.table())
        .where(Reads.rowsOf(hypertable, tenant, range))
        .asTable(DSL.name("of_rows"));
  }

  /** The parts of the range that have changed since the rollup was refreshed, in order. */
  Table<?> changedParts(RollupTable table) {
    return DSL.table(
        "(select lower(part) as {0}, upper(part) as {1} from unnest({2}) as part) as parts",
        FROM.getQualifiedName(),
        TO.getQualifiedName(),
        DSL.field(
            DSL.select(DSL.field(CHANGED)).from(changed(table).asTable(DSL.name("all_changed")))));
  }

  /** Of which buckets the log tells anything: theirs, or of what they are made from. */
  private Select<?> changed(RollupTable table) {
    ChangeLog log = new ChangeLog(hypertable);
    List<String> chain = table.rollup().chain().stream().map(Rollup::name).toList();
    Field<String> rollup = DSL.field(DSL.name("rollup"), SQLDataType.CLOB);
    Condition ofChain = hypertable.tenantField().eq(tenant.value()).and(rollup.in(chain));
    Field<Integer> refreshed =
        DSL.field(DSL.selectCount().from(DSL.table(log.state())).where(ofChain));
    Table<?> told =
        DSL.select(FROM, TO)
            .from(DSL.table(log.log()))
            .where(ofChain.and(FROM.lt(range.to())).and(TO.gt(range.from())))
            .unionAll(
                DSL.select(
                        DSL.val(range.from(), TimeBinding.TYPE).as(FROM),
                        DSL.val(range.to(), TimeBinding.TYPE).as(TO))
                    .where(refreshed.lt(chain.size())))
            .asTable(DSL.name("told"));
    Field<Instant> first = table.start(DSL.greatest(FROM, DSL.val(range.from(), TimeBinding.TYPE)));
    Field<Instant> last = table.end(DSL.least(TO, DSL.val(range.to(), TimeBinding.TYPE)));
    return DSL.select(
            DSL.field(
                    "range_agg(tstzrange({0}, {1}) * tstzrange({2}, null))",
                    first, last, table.oldest())
                .as(CHANGED))
        .from(told);
  }

  private static Field<Instant> one(Name changed, Name column) {
    return DSL.field("(select {0} from {1})", TimeBinding.TYPE, column, changed);
  }

  private static Field<Instant> time(String name) {
    return DSL.field(DSL.name(name), TimeBinding.TYPE);
  }
}
