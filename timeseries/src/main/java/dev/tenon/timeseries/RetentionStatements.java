package dev.tenon.timeseries;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * The statements of a retention, run by the owner of the table.
 *
 * <p>Policies hold the owner too. Chunks have none and are read by their own names; the log and the
 * state of the refreshes are read in a transaction that locks them against everybody, takes the
 * force of their policies from the owner, and gives it back.
 */
final class RetentionStatements {

  private static final Field<String> ROLLUP = DSL.field(DSL.name("rollup"), SQLDataType.CLOB);
  private static final Field<Instant> FROM = RollupTable.FROM;
  private static final Field<Boolean> HELD = DSL.field(DSL.name("held"), SQLDataType.BOOLEAN);

  private final Hypertable<?> hypertable;
  private final Dialect dialect;
  private final ChangeLog log;
  private final Floor floor;
  private final Field<UUID> tenant;

  RetentionStatements(Hypertable<?> hypertable, Dialect dialect) {
    this.hypertable = hypertable;
    this.dialect = dialect;
    this.log = new ChangeLog(hypertable);
    this.floor = new Floor(hypertable);
    this.tenant = hypertable.tenantField();
  }

  String lockName() {
    return "tenon retention " + hypertable.qualifiedName();
  }

  /** By the server's clock. */
  Instant now(Session session) {
    return run(() -> session.sql().select(DSL.field("now()", TimeBinding.TYPE)).fetchSingle())
        .value1();
  }

  /** All chunks, in order. */
  List<Chunk> chunks(Session session) {
    return run(() -> dialect.chunks(session, base(session)));
  }

  /** The table that holds the rows: the one that the view of a fence reads, if there is a fence. */
  private Name base(Session session) {
    String sql =
        """
        select n.nspname, c.relname
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
         where c.oid = %s
        """
            .formatted(BaseTable.of(hypertable));
    return run(
        () -> {
          Record found = session.sql().fetchSingle(sql);
          return DSL.name(found.get(0, String.class), found.get(1, String.class));
        });
  }

  /** Whose rows are in the chunks; the key, which begins with the tenant, is walked. */
  Set<TenantId> tenants(Session session, List<Chunk> chunks) {
    Set<TenantId> all = new HashSet<>();
    String sql =
        """
        with recursive walked (owner) as (
          (select {0} from {1} order by {0} limit 1)
          union all
          select (select {0} from {1} where {0} > walked.owner order by {0} limit 1)
            from walked where walked.owner is not null)
        select owner from walked where owner is not null
        """;
    for (Chunk chunk : chunks) {
      // Another run may have dropped it by now.
      if (exists(session, chunk)) {
        run(() -> session.sql().fetch(sql, tenant, table(chunk)))
            .forEach(row -> all.add(TenantId.of(row.get(0, UUID.class))));
      }
    }
    return all;
  }

  /**
   * Raises the floor, unless it is higher. Every change that was begun is committed or gone, and
   * none comes after.
   *
   * @return where it is
   */
  Instant raise(Transaction transaction, Instant raised) {
    return run(
        () -> {
          transaction
              .sql()
              .execute(
                  "lock table only {0} in share row exclusive mode", DSL.table(base(transaction)));
          Optional<Instant> higher = floor.read(transaction).filter(now -> !now.isBefore(raised));
          if (higher.isEmpty()) {
            transaction.sql().execute(floor.raiseSql(raised));
          }
          return higher.orElse(raised);
        });
  }

  /**
   * Whose rollups lack something.
   *
   * @param behind who has to be refreshed first; nothing is sealed if there are any
   * @param unmade who has a bucket that cannot be made
   */
  record Lacking(Set<TenantId> behind, Set<TenantId> unmade) {}

  /**
   * Ends the making of rollups from before the floor, if none has anything left to be told there.
   *
   * @param owners of rows from before it
   * @param again whether to refresh first who has a bucket that could not be made
   */
  Lacking seal(Transaction transaction, Instant raised, Set<TenantId> owners, boolean again) {
    return run(
        () -> {
          force(transaction, "no force");
          Set<String> known = requireKnown(transaction);
          Set<TenantId> unmade = told(transaction, raised, known, true);
          Set<TenantId> behind = behind(transaction, raised, owners, known);
          if (again) {
            behind.addAll(unmade);
          }
          force(transaction, "force");
          if (behind.isEmpty()) {
            seal(transaction, ofRows(raised));
          }
          return new Lacking(behind, unmade);
        });
  }

  /** Those made from the rows begin where the rows do. */
  private Map<String, Instant> ofRows(Instant raised) {
    return hypertable.rollups().stream()
        .filter(rollup -> rollup.source() == null)
        .collect(Collectors.toMap(Rollup::name, rollup -> raised));
  }

  /** None goes back: another run may have been further. */
  private void seal(Transaction transaction, Map<String, Instant> raised) {
    Map<String, Instant> seals = new TreeMap<>(raised);
    for (Rollup rollup : hypertable.rollups()) {
      floor
          .readSeal(transaction, rollup.name())
          .ifPresent(
              now -> seals.merge(rollup.name(), now, (one, two) -> one.isAfter(two) ? one : two));
    }
    transaction.sql().execute(floor.sealSql(seals));
  }

  /**
   * Who has rollups, and which of them have to be refreshed before rows of a rollup go.
   *
   * @param behind nothing is sealed if there are any
   */
  record Owners(Set<TenantId> all, Set<TenantId> behind) {}

  /**
   * Ends the making of rollups that are made from others, each from before an instant, if all of
   * every tenant are made.
   */
  Owners sealCoarser(Transaction transaction, Instant floorOfRows, Map<String, Instant> raised) {
    return run(
        () -> {
          force(transaction, "no force");
          Set<TenantId> all = refreshed(transaction);
          Set<TenantId> behind = behind(transaction, floorOfRows, all, requireKnown(transaction));
          force(transaction, "force");
          if (behind.isEmpty()) {
            seal(transaction, raised);
          }
          return new Owners(all, behind);
        });
  }

  private Set<TenantId> refreshed(Transaction transaction) {
    return transaction
        .sql()
        .selectDistinct(tenant)
        .from(DSL.table(log.state()))
        .fetchSet(tenant)
        .stream()
        .map(TenantId::of)
        .collect(Collectors.toSet());
  }

  private void force(Transaction transaction, String force) {
    for (Name name : List.of(log.log(), log.state())) {
      transaction.sql().execute("alter table {0} " + force + " row level security", name);
    }
  }

  private Set<TenantId> behind(
      Transaction transaction, Instant raised, Set<TenantId> owners, Set<String> known) {
    Set<UUID> refreshed =
        transaction
            .sql()
            .select(tenant)
            .from(DSL.table(log.state()))
            .where(ROLLUP.in(known))
            .groupBy(tenant)
            .having(DSL.count().eq(known.size()))
            .fetchSet(tenant);
    Set<TenantId> behind = told(transaction, raised, known, false);
    owners.stream().filter(owner -> !refreshed.contains(owner.value())).forEach(behind::add);
    return behind;
  }

  /** Of whom the log tells anything from before the floor. */
  private Set<TenantId> told(
      Transaction transaction, Instant raised, Set<String> known, boolean held) {
    Set<TenantId> told = new HashSet<>();
    transaction
        .sql()
        .selectDistinct(tenant)
        .from(DSL.table(log.log()))
        .where(ROLLUP.in(known))
        .and(FROM.lt(raised))
        .and(HELD.eq(held))
        .fetch(tenant)
        .forEach(owner -> told.add(TenantId.of(owner)));
    return told;
  }

  /**
   * The rollups, all of which the definition has to know: one that only other instances know would
   * never be told of what is dropped here.
   *
   * @throws UsageException if the database has others
   */
  Set<String> requireKnown(Session session) {
    Set<String> known = hypertable.rollups().stream().map(Rollup::name).collect(Collectors.toSet());
    Set<String> all = run(() -> inDatabase(session));
    if (!known.equals(all)) {
      throw new UsageException(
          Problem.what("the database has the rollups " + sorted(all))
              .where(hypertable.where("retention"))
              .why("the definition has " + sorted(known) + ", and could lose rows for the others")
              .fix("run retention by instances of the newest definition, behind its migration"));
    }
    return known;
  }

  private Set<String> inDatabase(Session session) {
    Boolean exists =
        session
            .sql()
            .select(
                DSL.field(
                    "to_regprocedure({0}) is not null",
                    Boolean.class, DSL.inline(Hypertable.quote(log.rollupsFunction()) + "(text)")))
            .fetchSingle()
            .value1();
    if (!exists) {
      return Set.of();
    }
    String sql =
        """
        with recursive every (name) as (
          select unnest({0}('')) union select unnest({0}(every.name)) from every)
        select name from every
        """;
    return Set.copyOf(session.sql().fetch(sql, log.rollupsFunction()).getValues(0, String.class));
  }

  private static Collection<String> sorted(Set<String> names) {
    return new TreeSet<>(names);
  }

  boolean exists(Session session, Chunk chunk) {
    return run(
        () ->
            session
                .sql()
                .select(
                    DSL.field(
                        "to_regclass({0}) is not null", Boolean.class, DSL.inline(chunk.quoted())))
                .fetchSingle()
                .value1());
  }

  /** Whether a chunk is there and has any row. */
  boolean hasRows(Session session, Chunk chunk) {
    return exists(session, chunk)
        && run(() -> session.sql().fetchExists(DSL.selectOne().from(table(chunk))));
  }

  /**
   * Drops a chunk; says whether it was there.
   *
   * @param archived how many rows are kept elsewhere; null where nobody asked for that
   */
  boolean drop(Transaction transaction, Chunk chunk, @Nullable Long archived) {
    return run(
        () -> {
          transaction.lock(lockName());
          if (!exists(transaction, chunk)) {
            return false;
          }
          if (archived != null) {
            requireArchived(transaction, chunk, archived);
          }
          dialect.dropChunk(transaction, base(transaction), chunk);
          return true;
        });
  }

  private void requireArchived(Transaction transaction, Chunk chunk, long archived) {
    transaction.sql().execute("lock table {0} in share mode", table(chunk));
    long rows = transaction.sql().fetchCount(table(chunk));
    if (rows != archived) {
      throw new UsageException(
          Problem.what("the archive kept " + archived + " rows of " + rows)
              .where(hypertable.where("retention") + ", chunk " + chunk.quoted())
              .why("what is not archived would be lost")
              .fix(
                  "return how many rows are kept, once all of them are; the chunk was not dropped"));
    }
  }

  private static Table<Record> table(Chunk chunk) {
    return DSL.table(DSL.name(chunk.schema(), chunk.name()));
  }

  private <R> R run(Supplier<R> work) {
    try {
      return Statements.explained(hypertable, "retention", work);
    } catch (AccessDeniedException denied) {
      throw new AccessDeniedException(
          Problem.what(denied.problem().what())
              .where(hypertable.where("retention"))
              .why(
                  "chunks hold the rows of all tenants, and only the owner of the table drops them")
              .fix("pass a Database that is connected as the owner of the table and its schema"),
          denied);
    }
  }
}
