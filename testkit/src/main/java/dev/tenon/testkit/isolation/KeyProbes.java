package dev.tenon.testkit.isolation;

import dev.tenon.testkit.isolation.Impersonation.TargetsDigest;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What keys would tell: a unique key without the tenant says that another tenant has a value, a
 * foreign key without it lets a row refer to another tenant's.
 *
 * <p>The attacker's own rows are out of the way, because both tenants may have the same keys.
 */
record KeyProbes(
    Impersonation impersonation, Targets targets, TargetTable table, Rows rows, Verdict verdict) {

  private static final Set<String> TAKEN = Set.of("23505", "23P01");
  private static final String NO_PARENT = "23503";

  void run() throws SQLException {
    String mine = rows.of(table).mine();
    if (mine == null || rows.of(table).theirs() == null) {
      return;
    }
    for (TargetTable.UniqueKey key : table.uniqueKeys()) {
      String theirs = impersonation.rowWith(table, key.columns());
      if (theirs == null) {
        unproved("the other has no row with a value in each column of " + key.name());
      } else {
        impersonation.without(
            List.of(table), impersonation.self(), () -> hearsNothingOf(key, theirs));
      }
    }
    for (TargetTable.Reference reference : table.references()) {
      TargetTable target = targets.byBase().get(reference.target());
      String theirs =
          target == null || reference.from().isEmpty()
              ? null
              : impersonation.rowWith(target, reference.to());
      if (target != null && theirs != null) {
        refersToNothing(reference, target, mine, theirs);
      }
    }
  }

  /** The other's row once more, as one of the attacker's own: no key may object. */
  private void hearsNothingOf(TargetTable.UniqueKey key, String theirs) throws SQLException {
    Impersonation.Answer answer =
        impersonation.ask(
            TargetsDigest.NONE,
            "insert into %1$s (%2$s) overriding system value select %2$s from %3$s"
                .formatted(table.relation(), table.columnList(), table.copy()),
            List.of(theirs, impersonation.self()));
    if (answer.outcome() instanceof Outcome.Refused refused && TAKEN.contains(refused.sqlState())) {
      String objector = refused.constraint() == null ? key.name() : refused.constraint();
      report("insert what the other has, under " + objector, "the key tells that it exists");
    } else if (!isDecided(answer, NO_PARENT)) {
      unproved("whether %s tells what the other has: %s".formatted(key.name(), answer.rows()));
    }
  }

  private void refersToNothing(
      TargetTable.Reference reference, TargetTable target, String mine, String theirs)
      throws SQLException {
    String row = table.copyWithFreshKey(parent(reference));
    @Nullable Object[] values = new Object[2 + reference.from().size()];
    values[0] = mine;
    values[1] = impersonation.self();
    Arrays.fill(values, 2, values.length, theirs);
    impersonation.without(
        List.of(table),
        impersonation.self(),
        () ->
            impersonation.withoutTwinOf(
                target,
                reference.to(),
                theirs,
                () ->
                    isRefusedBy(
                        reference,
                        impersonation.ask(
                            TargetsDigest.NONE,
                            "insert into %1$s (%2$s) overriding system value select %2$s from %3$s"
                                .formatted(table.relation(), table.columnList(), row),
                            new ArrayList<>(Arrays.asList(values))))));
  }

  private void isRefusedBy(TargetTable.Reference reference, Impersonation.Answer answer) {
    if (answer.outcome() instanceof Outcome.Done) {
      report(
          "refer to the other's row by " + reference.name(),
          "the foreign key does not carry the tenant");
    } else if (!isDecided(answer, NO_PARENT)
        || (answer.outcome() instanceof Outcome.Refused refused
            && isOfAnother(refused.constraint(), reference))) {
      unproved("whether %s carries the tenant: %s".formatted(reference.name(), answer.rows()));
    }
  }

  /** By what was asked, or by a right that is missing. */
  private static boolean isDecided(Impersonation.Answer answer, String sqlState) {
    return answer.isRefusedWith(sqlState) || answer.isDecided();
  }

  private boolean isOfAnother(@Nullable String constraint, TargetTable.Reference reference) {
    return table.references().stream()
        .anyMatch(other -> !other.equals(reference) && other.name().equals(constraint));
  }

  /** The values that refer, out of the other's row. */
  private static String parent(TargetTable.Reference reference) {
    return zip(reference.from(), reference.to()).entrySet().stream()
        .map(
            pair ->
                " || jsonb_build_object(%s, ?::jsonb -> %s)"
                    .formatted(
                        TargetTable.literal(pair.getKey()), TargetTable.literal(pair.getValue())))
        .collect(Collectors.joining());
  }

  private static Map<String, String> zip(List<String> from, List<String> to) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (int i = 0; i < Math.min(from.size(), to.size()); i++) {
      pairs.put(from.get(i), to.get(i));
    }
    return pairs;
  }

  private void unproved(String what) {
    verdict.unproved().add(table.relation() + ": " + what);
  }

  private void report(String attack, String what) {
    verdict.leaks().add(new Leak(table.relation(), attack, Impersonation.CONDITION, what));
  }
}
