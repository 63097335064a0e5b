package dev.tenon.timeseries;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.TableLike;

/** What buckets are made of, and how an aggregate comes from it. */
sealed interface BucketSource permits RowSource, RollupSource {

  /** The start of the bucket that a row falls into. */
  Field<Instant> start(Bucket bucket);

  /**
   * Those of a tenant and a range for which a condition holds.
   *
   * @param asked what is made of them; nothing else is needed
   */
  TableLike<?> rows(TenantId tenant, TimeRange range, Condition condition, List<Field<?>> asked);

  Field<Double> avg(Field<? extends Number> value);

  Field<?> sum(Field<? extends Number> value);

  Field<?> min(Field<?> value);

  Field<?> max(Field<?> value);

  Field<Long> count();

  /**
   * The value at the earliest or latest time of a group.
   *
   * @param ties what tells rows of one time apart; none where there can be no two
   */
  Field<?> valueAt(Dialect.End end, Field<?> value, List<Field<?>> ties);

  /**
   * The rows themselves, for what nothing else tells.
   *
   * @throws dev.tenon.core.UsageException if these are kept states
   */
  RowSource requireRows(String operation);

  /** Says more of what the server refused. */
  default UsageException explained(UsageException refused) {
    return refused;
  }

  /** How much a later statement of the same session will know of. */
  Known known(Session session, TenantId tenant, TimeRange range);

  /**
   * How much an answer knows of.
   *
   * @param changedBuckets how many buckets have changed since a rollup was refreshed
   */
  record Known(Optional<Instant> asOf, long changedBuckets) {}
}
