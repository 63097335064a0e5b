package dev.tenon.testkit.isolation;

import dev.tenon.testkit.isolation.Impersonation.Answer;
import dev.tenon.testkit.isolation.Impersonation.TargetsDigest;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes through a view, which runs with the rights of its owner where it does not say else. */
record ViewAttacks(
    Impersonation impersonation, Targets targets, WritableView view, Rows rows, Verdict verdict) {

  private static final String FOREIGN_KEY = "23503";

  private record Write(String attack, String sql) {}

  void run() throws SQLException {
    TargetsDigest digest = TargetsDigest.of(targets.tables());
    impersonation.without(targets.tables(), impersonation.self(), () -> reachesNone(digest));
    for (TargetTable table : targets.tables()) {
      String theirs = rows.of(table).theirs();
      if (theirs != null && view.columns().contains(table.tenantColumn())) {
        movesNone(digest, table);
        impersonation.without(
            List.of(table), impersonation.other(), () -> writesNone(digest, table, theirs));
      }
    }
  }

  /**
   * The attacker has no row, so what hangs on the other's rows being there has reached them.
   * Nothing is read, so that the right to write is enough.
   */
  private void reachesNone(TargetsDigest digest) throws SQLException {
    Map<Write, Answer> there = answers(digest);
    impersonation.without(
        targets.tables(),
        impersonation.other(),
        () -> {
          Map<Write, Answer> gone = answers(digest);
          there.forEach(
              (write, answer) -> {
                if (answer.touched() || !answer.isSameAs(gone.get(write))) {
                  report(write.attack + " through the view", "reaches rows of the other");
                }
              });
        });
  }

  private Map<Write, Answer> answers(TargetsDigest digest) throws SQLException {
    List<Write> writes = new ArrayList<>();
    for (String column : view.columns()) {
      writes.add(
          new Write(
              "update " + column,
              "update %s set %s = null".formatted(view.name(), TargetTable.quoted(column))));
    }
    writes.add(new Write("delete", "delete from " + view.name()));
    Map<Write, Answer> answers = new LinkedHashMap<>();
    for (Write write : writes) {
      answers.put(write, impersonation.ask(digest, write.sql, List.of()));
    }
    return answers;
  }

  private void movesNone(TargetsDigest digest, TargetTable table) throws SQLException {
    Answer moved =
        impersonation.ask(
            digest,
            "update %s set %s = ?".formatted(view.name(), table.tenant()),
            List.of(impersonation.other()));
    if (moved.touched() || moved.isRefusedWith(FOREIGN_KEY)) {
      report("move rows to the other through the view", "writes rows of the other");
    }
  }

  /** The other's rows are out of the way, so that no key refuses what the view lets by. */
  private void writesNone(TargetsDigest digest, TargetTable table, String theirs)
      throws SQLException {
    Answer written =
        impersonation.ask(
            digest,
            "insert into %1$s (%2$s) overriding system value select %2$s from %3$s"
                .formatted(view.name(), view.columnList(), table.copyInto(view.name())),
            List.of(theirs, impersonation.other()));
    if (written.touched()) {
      report("insert for the other through the view", "writes rows of the other");
    }
  }

  private void report(String attack, String what) {
    verdict.leaks().add(new Leak(view.name(), attack, Impersonation.CONDITION, what));
  }
}
