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

  private static final String FOREIGN_KEY = "23503";

  void run() throws SQLException {
    String mine = rows.of(table).mine();
    String theirs = rows.of(table).theirs();
    if (mine == null || theirs == null) {
      return;
    }
    TargetsDigest digest = TargetsDigest.of(targets.tables());
    writesOfItsOwn(digest, mine);
    for (String reached :
        Stream.concat(Stream.of(table.relation()), table.children().stream()).toList()) {
      impersonation.without(
          List.of(table), impersonation.self(), () -> reaches(digest, reached, theirs));
    }
    impersonation.without(List.of(table), impersonation.other(), () -> writesNone(digest, theirs));
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
                    "insert into %1$s (%2$s) overriding system value select %2$s from %3$s"
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
        () -> {
          changesOnlyItsOwn(
              "delete its own rows",
              impersonation.ask(digest, "delete from " + relation, List.of()));
          movesNothing(
              impersonation.ask(
                  digest,
                  "update %s set %s = ?".formatted(relation, table.tenant()),
                  List.of(impersonation.other())));
        });
  }

  /** No column is read, so what may be read does not hold it. */
  private void movesNothing(Answer answer) {
    if (answer.touched() || answer.isRefusedWith(FOREIGN_KEY)) {
      report("move its own rows to the other", "writes rows of the other");
    }
  }

  private void changesOnlyItsOwn(String attack, Answer answer) {
    if (answer.touched()) {
      report(attack, "changes rows of the other");
    }
  }

  /**
   * The attacker has no row there, so a row is the other's. A right on one column is enough, and a
   * statement that reads no column is not held by what may be read.
   */
  private void reaches(TargetsDigest digest, String name, String theirs) throws SQLException {
    reachesNone("select ", name, impersonation.ask(digest, "select 1 from " + name, List.of()));
    reachesNone("delete ", name, impersonation.ask(digest, "delete from " + name, List.of()));
    for (String column : table.columns()) {
      reachesNone(
          "update " + column + " of ",
          name,
          impersonation.ask(
              digest,
              "update %1$s set %2$s = (select t.%2$s from %3$s)"
                  .formatted(name, TargetTable.quoted(column), table.copy()),
              List.of(theirs, impersonation.self())));
    }
    Answer written =
        impersonation.ask(
            digest,
            "insert into %1$s (%2$s) overriding system value select %2$s from %3$s"
                .formatted(name, table.columnList(), table.copyWithFreshKey()),
            List.of(theirs, impersonation.other()));
    if (written.touched()) {
      report("insert into " + name, "writes rows of the other");
    }
  }

  /** The other's rows are out of the way, so that no key refuses what the fence lets by. */
  private void writesNone(TargetsDigest digest, String theirs) throws SQLException {
    Answer written =
        impersonation.ask(
            digest,
            "insert into %1$s (%2$s) overriding system value select %2$s from %3$s"
                .formatted(table.relation(), table.columnList(), table.copy()),
            List.of(theirs, impersonation.other()));
    if (written.touched()) {
      report("insert for the other", "writes rows of the other");
    }
  }

  /** A constraint speaks of a row that was reached. */
  private void reachesNone(String attack, String name, Answer answer) {
    if (answer.count() > 0 || answer.isRefusedByConstraint()) {
      report(attack + name, "reaches rows of the other");
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
            "insert into %1$s (%2$s) overriding system value select %2$s from %3$s"
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
