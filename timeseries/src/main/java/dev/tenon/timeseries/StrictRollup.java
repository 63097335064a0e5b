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

  private static final Name CHANGED = DSL.name("tenon changed");

  /** The series, the bucket and the states. */
  Select<Record> states(RollupTable table) {
    Field<Object> changed = changed(table);
    Condition unchanged =
        DSL.condition("not coalesce({0} @> {1}, false)", changed, RollupTable.BUCKET);
    return DSL.select(columns(hypertable, table))
        .from(table.table())
        .where(of(hypertable, tenant, range, RollupTable.BUCKET).and(unchanged))
        .unionAll(remade(table, changed));
  }

  static List<SelectField<?>> columns(Hypertable<?> hypertable, RollupTable table) {
    List<SelectField<?>> columns = new ArrayList<>(hypertable.seriesFields());
    columns.add(RollupTable.BUCKET);
    table.states().forEach(state -> columns.add(state.field()));
    return columns;
  }

  /** Every part names the tenant, beside its policy. */
  static Condition of(
      Hypertable<?> hypertable, TenantId tenant, TimeRange range, Field<Instant> time) {
    return hypertable
        .tenantField()
        .eq(tenant.value())
        .and(time.ge(range.from()))
        .and(time.lt(range.to()));
  }

  private Select<Record> remade(RollupTable table, Field<Object> changed) {
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
    Table<?> ranges = DSL.table("unnest({0}) as {1}", changed, CHANGED);
    Condition within = DSL.condition("{0} >= lower({1}) and {0} < upper({1})", time, CHANGED);
    return DSL.select(columns).from(ranges).join(source(table)).on(within).groupBy(keys);
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

  /** Of which buckets the log tells anything: theirs, or of what they are made from. */
  private Field<Object> changed(RollupTable table) {
    ChangeLog log = new ChangeLog(hypertable);
    List<String> chain = table.rollup().chain().stream().map(Rollup::name).toList();
    Field<String> rollup = DSL.field(DSL.name("rollup"), SQLDataType.CLOB);
    Field<Instant> from = DSL.field(DSL.name("from_time"), SQLDataType.INSTANT);
    Field<Instant> to = DSL.field(DSL.name("to_time"), SQLDataType.INSTANT);
    Condition ofChain = hypertable.tenantField().eq(tenant.value()).and(rollup.in(chain));
    Field<Integer> refreshed =
        DSL.field(DSL.selectCount().from(DSL.table(log.state())).where(ofChain));
    Table<?> told =
        DSL.select(from, to)
            .from(DSL.table(log.log()))
            .where(ofChain.and(from.lt(range.to())).and(to.gt(range.from())))
            .unionAll(
                DSL.select(time(range.from()).as(from), time(range.to()).as(to))
                    .where(refreshed.lt(chain.size())))
            .asTable(DSL.name("told"));
    Field<Instant> first = table.start(DSL.greatest(from, time(range.from())));
    Field<Instant> last = table.end(DSL.least(to, time(range.to())));
    Select<?> merged =
        DSL.select(DSL.field("range_agg(tstzrange({0}, {1}))", first, last)).from(told);
    return DSL.field("({0})", Object.class, merged);
  }

  private static Field<Instant> time(Instant time) {
    return DSL.val(time, SQLDataType.INSTANT);
  }
}
