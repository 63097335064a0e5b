package dev.tenon.timeseries;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.timeseries.Rollup.Kind;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.TableLike;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * The states that a rollup keeps or, where it has to be strict, would keep if it were refreshed.
 */
final class RollupSource implements BucketSource {

  private static final String UNDEFINED_COLUMN = "42703";

  private final Hypertable<?> hypertable;
  private final RollupTable table;
  private final Freshness freshness;

  private RollupSource(Hypertable<?> hypertable, Rollup rollup, Freshness freshness) {
    this.hypertable = hypertable;
    this.table = new RollupTable(hypertable, rollup);
    this.freshness = freshness;
  }

  /**
   * The states of a rollup, for buckets within a range.
   *
   * @throws UsageException if the rollup is another table's, or one of its buckets would be cut
   */
  static RollupSource of(
      Hypertable<?> hypertable,
      Rollup rollup,
      Freshness freshness,
      TimeRange range,
      Bucket bucket) {
    RollupSource source = new RollupSource(hypertable, rollup, freshness);
    if (!hypertable.rollups().contains(rollup)) {
      throw source.misuse(
          "the rollup " + rollup.name() + " is not one of this table",
          "its rollups are " + hypertable.rollups(),
          "pass one that was given to rollups(…), itself and no copy");
    }
    Bucket kept = rollup.bucket();
    if (!bucket.equals(kept) && !Buckets.isMadeOf(bucket, kept)) {
      throw source.misuse(
          "buckets of " + bucket + " are not made of whole buckets of " + kept,
          "a bucket that is cut would count in two others",
          "ask for the rollup's own buckets or whole ones of them, or ask the rows");
    }
    if (!kept.startOf(range.from()).equals(range.from())
        || !kept.startOf(range.to()).equals(range.to())) {
      throw source.misuse(
          "the range " + range.from() + " to " + range.to() + " cuts buckets of " + kept,
          "a rollup does not know a part of a bucket",
          "begin and end it where buckets do, or ask the rows");
    }
    return source;
  }

  @Override
  public Field<Instant> start(Bucket bucket) {
    return BucketFields.start(bucket, PartitionDialect.INSTANCE, RollupTable.BUCKET);
  }

  @Override
  public TableLike<?> rows(
      TenantId tenant, TimeRange range, Condition condition, List<Field<?>> asked) {
    TimeRange whole = new TimeRange(table.rollup().bucket().startOf(range.from()), range.to());
    List<Field<?>> all = new ArrayList<>(asked);
    all.add(DSL.field(condition));
    RollupTable used = table.usedBy(all);
    Select<Record> states =
        freshness == Freshness.STRICT
            ? new StrictRollup(hypertable, tenant, whole).states(used)
            : kept(used, tenant, whole);
    return DSL.selectFrom(states.asTable(DSL.name("states"))).where(condition).asTable("samples");
  }

  private Select<Record> kept(RollupTable used, TenantId tenant, TimeRange range) {
    return DSL.select(StrictRollup.columns(hypertable, used))
        .from(used.table())
        .where(Reads.rowsOf(hypertable, tenant, range, RollupTable.BUCKET));
  }

  @Override
  public Field<Double> avg(Field<? extends Number> value) {
    Field<BigDecimal> values = DSL.sum(table.keptCount(value));
    Field<?> sum = require(Kind.SUM, value);
    return sum.getType() == Double.class
        ? DSL.sum(sum.coerce(SQLDataType.DOUBLE))
            .cast(SQLDataType.DOUBLE)
            // A mean of rows is never -0, because the server begins to add them up at 0.
            .plus(DSL.inline(0d))
            .div(DSL.nullif(values.cast(SQLDataType.DOUBLE), DSL.inline(0d)))
        : DSL.sum(sum.coerce(SQLDataType.NUMERIC))
            .div(DSL.nullif(values, DSL.inline(BigDecimal.ZERO)))
            .cast(SQLDataType.DOUBLE);
  }

  @Override
  public Field<?> sum(Field<? extends Number> value) {
    Field<?> sum = require(Kind.SUM, value);
    if (sum.getType() == Double.class) {
      return DSL.sum(sum.coerce(SQLDataType.DOUBLE)).cast(SQLDataType.DOUBLE);
    }
    Field<BigDecimal> total = DSL.sum(sum.coerce(SQLDataType.NUMERIC));
    return value.getType() == BigDecimal.class ? total : total.cast(SQLDataType.BIGINT);
  }

  @Override
  public Field<?> min(Field<?> value) {
    return DSL.min(require(Kind.MIN, value));
  }

  @Override
  public Field<?> max(Field<?> value) {
    return DSL.max(require(Kind.MAX, value));
  }

  @Override
  public Field<Long> count() {
    return DSL.sum(RollupTable.ROWS).cast(SQLDataType.BIGINT);
  }

  @Override
  public Field<?> valueAt(Dialect.End end, Field<?> value, List<Field<?>> ties) {
    boolean first = end == Dialect.End.FIRST;
    List<Field<?>> order =
        new ArrayList<>(List.of(first ? RollupTable.FIRST_TIME : RollupTable.LAST_TIME));
    order.addAll(ties);
    return PartitionDialect.at(end, require(first ? Kind.FIRST : Kind.LAST, value), order);
  }

  @Override
  public Known known(Session session, TenantId tenant, TimeRange range) {
    Field<Instant> asOf =
        freshness == Freshness.STRICT ? DSL.field("now()", TimeBinding.TYPE) : refreshed(tenant);
    var parts =
        session
            .sql()
            .select(asOf, StrictRollup.FROM, StrictRollup.TO)
            .from(DSL.table("(select) as always"))
            .leftJoin(new StrictRollup(hypertable, tenant, range).changedParts(table))
            .on(DSL.trueCondition())
            .fetch();
    long changed = 0;
    for (var part : parts) {
      if (part.value2() != null) {
        changed += Buckets.count(table.rollup().bucket(), part.value2(), part.value3());
      }
    }
    return new Known(Optional.ofNullable(parts.get(0).value1()), changed);
  }

  /** The refresh of this rollup, or now where nothing that it is made from has changed since. */
  private Field<Instant> refreshed(TenantId tenant) {
    ChangeLog log = new ChangeLog(hypertable);
    Field<String> rollup = DSL.field(DSL.name("rollup"), SQLDataType.CLOB);
    Condition own = hypertable.tenantField().eq(tenant.value());
    List<String> chain = table.rollup().chain().stream().map(Rollup::name).toList();
    Field<Instant> told =
        DSL.when(
                DSL.condition(
                    "exists ({0})",
                    DSL.selectOne().from(DSL.table(log.log())).where(own).and(rollup.in(chain))),
                DSL.field(DSL.name("as_of"), TimeBinding.TYPE))
            .otherwise(DSL.field("now()", TimeBinding.TYPE));
    return DSL.field(
        DSL.select(DSL.when(DSL.field(DSL.name("as_of")).isNotNull(), told))
            .from(DSL.table(log.state()))
            .where(own)
            .and(rollup.eq(table.rollup().name())));
  }

  @Override
  public RowSource requireRows(String operation) {
    throw misuse(
        operation + " was asked of a rollup",
        "it keeps nothing of which that could be made",
        "ask the rows: buckets(session, range, bucket)");
  }

  @Override
  public UsageException explained(UsageException refused) {
    return refused.sqlState().filter(UNDEFINED_COLUMN::equals).isPresent()
        ? misuse(
            "the condition names a column that is not kept",
            "the rollup keeps the series and states; the server says: " + refused.problem().what(),
            "put conditions on components of series(…), or ask the rows")
        : refused;
  }

  private Field<?> require(Kind kind, Field<?> value) {
    Field<?> kept = table.kept(kind, value);
    if (kept == null) {
      throw misuse(
          "the "
              + kind.name().toLowerCase(Locale.ROOT)
              + " of "
              + Problem.excerpt(value.getName())
              + " is not kept",
          "the rollup keeps " + table.rollup().states(),
          "name it in the rollup's definition, or ask the rows");
    }
    return kept;
  }

  private UsageException misuse(String what, String why, String fix) {
    return new UsageException(
        Problem.what(what)
            .where(hypertable.where("buckets") + " of " + table.rollup())
            .why(why)
            .fix(fix));
  }
}
