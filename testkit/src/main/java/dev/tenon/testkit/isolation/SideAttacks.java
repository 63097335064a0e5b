package dev.tenon.testkit.isolation;

import dev.tenon.testkit.isolation.Impersonation.Answer;
import dev.tenon.testkit.isolation.Impersonation.TargetsDigest;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a table's policies do not see: rules and triggers that run on a tenant's own writes, the
 * partitions by name, down to single columns, and rows unlike those at hand.
 */
record SideAttacks(
    Impersonation impersonation, Targets targets, TargetTable table, Rows rows, Verdict verdict) {

  void run() throws SQLException {
    String mine = rows.of(table).mine();
    String theirs = rows.of(table).theirs();
    if (mine == null || theirs == null) {
      return;
    }
    TargetsDigest digest = TargetsDigest.of(targets.tables());
    writesOfItsOwn(digest, mine);
    for (String child : table.children()) {
      impersonation.without(
          List.of(table), impersonation.self(), () -> reaches(digest, child, theirs));
    }
    for (String column : table.decisive()) {
      for (String value : List.of("null", "true", "false")) {
        impersonation.varied(table, column, value, () -> finds(digest, column, value, mine));
      }
    }
    saysWhatItTried();
  }

  /** Each where no key of the tenant's own is in the way. */
  private void writesOfItsOwn(TargetsDigest digest, String mine) throws SQLException {
    String relation = table.relation();
    impersonation.without(
        List.of(table),
        impersonation.self(),
        () ->
            changesOnlyItsOwn(
                "insert a row of its own",
                impersonation.ask(
                    digest,
                    "insert into %1$s (%2$s) select %2$s from %3$s"
                        .formatted(relation, table.columnList(), table.copy()),
                    List.of(mine, impersonation.self()))));
    for (String column : table.columns()) {
      changesOnlyItsOwn(
          "update its own rows",
          impersonation.ask(
              digest,
              "update %1$s set %2$s = %2$s".formatted(relation, TargetTable.quoted(column)),
              List.of()));
    }
    impersonation.without(
        targets.tables().stream().filter(other -> !other.equals(table)).toList(),
        impersonation.self(),
        () ->
            changesOnlyItsOwn(
                "delete its own rows",
                impersonation.ask(digest, "delete from " + relation, List.of())));
  }

  private void changesOnlyItsOwn(String attack, Answer answer) {
    if (answer.touched()) {
      report(attack, "changes rows of the other");
    }
  }

  /** A right on one column is enough. The attacker has no row there, so a row is the other's. */
  private void reaches(TargetsDigest digest, String child, String theirs) throws SQLException {
    reachesNone("select ", child, impersonation.ask(digest, "select 1 from " + child, List.of()));
    reachesNone("delete ", child, impersonation.ask(digest, "delete from " + child, List.of()));
    for (String column : table.columns()) {
      reachesNone(
          "update " + column + " of ",
          child,
          impersonation.ask(
              digest,
              "update %1$s set %2$s = (jsonb_populate_record(null::%3$s, ?::jsonb)).%2$s"
                  .formatted(child, TargetTable.quoted(column), table.relation()),
              List.of(theirs)));
    }
    reachesNone(
        "insert into ",
        child,
        impersonation.ask(
            digest,
            "insert into %1$s (%2$s) select %2$s from %3$s"
                .formatted(child, table.columnList(), table.copyWithFreshKey()),
            List.of(theirs, impersonation.other())));
  }

  /** A constraint speaks of a row that was reached. */
  private void reachesNone(String attack, String child, Answer answer) {
    boolean isByConstraint =
        answer.outcome() instanceof Outcome.Refused refused && refused.byConstraint();
    if (answer.count() > 0 || isByConstraint) {
      report(attack + child, "reaches rows of the other");
    }
  }

  private void finds(TargetsDigest digest, String column, String value, String mine)
      throws SQLException {
    String relation = table.relation();
    String as = " with %s = %s".formatted(column, value);
    String theirs = " where %s = ?".formatted(table.tenant());
    List<Object> other = List.of(impersonation.other());
    findsNone(
        "select" + as, impersonation.ask(digest, "select 1 from " + relation + theirs, other));
    findsNone(
        "update" + as,
        impersonation.ask(
            digest,
            "update %1$s set %2$s = %2$s".formatted(relation, table.tenant()) + theirs,
            other));
    findsNone("delete" + as, impersonation.ask(digest, "delete from " + relation + theirs, other));
    Answer written =
        impersonation.ask(
            digest,
            "insert into %1$s (%2$s) select %2$s from %3$s"
                .formatted(relation, table.columnList(), table.copyWithFreshKeyAnd(column, value)),
            List.of(mine, impersonation.other()));
    if (written.touched()) {
      report("insert for the other" + as, "writes rows of the other");
    }
  }

  private void findsNone(String attack, Answer answer) {
    if (answer.count() > 0) {
      report(attack + " the other's", answer.count() + " rows");
    }
  }

  private void saysWhatItTried() {
    List<String> asked = Stream.concat(table.decisive().stream(), table.asked().stream()).toList();
    if (!asked.isEmpty()) {
      verdict
          .unproved()
          .add(
              "%s: its isolation looks at more than the tenant, at %s; tried were the rows at hand, and null, true and false in its own columns"
                  .formatted(table.relation(), String.join(", ", asked)));
    }
  }

  private void report(String attack, String what) {
    verdict.leaks().add(new Leak(table.relation(), attack, Impersonation.CONDITION, what));
  }
}
