package dev.tenon.timeseries;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.internal.ColumnCodec;
import dev.tenon.timeseries.RollupRefresh.Difference;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jooq.impl.DSL;

/** Compares what rollups keep with what they are made from, whatever the log tells. */
record RollupVerification(Session session, TenantId tenant, Hypertable<?> hypertable) {

  private static final ColumnCodec INSTANT = ColumnCodec.forType(Instant.class);

  /** Carries what was found out of a transaction that is rolled back. */
  private static final class Found extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Difference difference;

    Found(Difference difference) {
      super(null, null, false, false);
      this.difference = difference;
    }
  }

  /** Makes the buckets anew, counts what that changes, and undoes it. */
  List<Difference> differences(TimeRange range) {
    List<Difference> all = new ArrayList<>();
    for (Rollup rollup : hypertable.rollups()) {
      try {
        session.transaction(
            transaction -> {
              throw new Found(remade(transaction, rollup, range));
            });
      } catch (Found found) {
        all.add(found.difference);
      }
    }
    return all;
  }

  private Difference remade(Transaction transaction, Rollup rollup, TimeRange range) {
    RollupTable table = new RollupTable(hypertable, rollup);
    transaction.lock(new RollupStep(hypertable, table).lockName());
    String sql =
        """
        select remade.*
          from (values (cast(? as timestamptz), cast(? as timestamptz))) as given (from_time, to_time),
               %1$s(?, tstzmultirange(%2$s)) as remade
        """
            .formatted(
                new RollupRemake(hypertable, table).function(),
                table.wholeBuckets(
                    DSL.field("given.from_time", TimeBinding.TYPE),
                    DSL.field("given.to_time", TimeBinding.TYPE)));
    return Statements.jdbc(
        transaction,
        hypertable,
        "refresh",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            INSTANT.bind(statement, 1, range.from());
            INSTANT.bind(statement, 2, range.to());
            statement.setObject(3, tenant.value());
            try (ResultSet result = statement.executeQuery()) {
              result.next();
              return new Difference(rollup.name(), result.getLong(1), result.getLong(2));
            }
          }
        });
  }

  /** Tells every rollup of a range, as if all of it had changed. */
  void tell(TimeRange range) {
    ChangeLog log = new ChangeLog(hypertable);
    String sql =
        "insert into %s (%s, rollup, from_time, to_time) select ?, unnest(?), ?, ?"
            .formatted(log.quotedLog(), Hypertable.quote(hypertable.tenantColumn()));
    Object[] rollups = hypertable.rollups().stream().map(Rollup::name).toArray();
    int unused =
        Statements.jdbc(
            session,
            hypertable,
            "refresh",
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setObject(1, tenant.value());
                statement.setArray(2, connection.createArrayOf("text", rollups));
                INSTANT.bind(statement, 3, range.from());
                INSTANT.bind(statement, 4, range.to());
                return statement.executeUpdate();
              }
            });
  }
}
