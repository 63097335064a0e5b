package dev.tenon.testkit.isolation;

import dev.tenon.core.Session;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.postgresql.PGConnection;

/** Reads and writes of one table that reach for another tenant's rows. */
record TableAttacks(Attacker attacker, TargetTable table) {

  void run() {
    seesItsOwnRowsOnly();
    readsNothingOfTheOther();
    changesNothingOfTheOther();
    writesNothingForTheOther();
    doesNothingWithoutATenant();
  }

  /** Also the control of the proof: an attacker that sees nothing at all would prove nothing. */
  private void seesItsOwnRowsOnly() {
    long own = attacker.rows().of(table).mineCount();
    String count = "select count(*) from " + table.relation();
    expect("select all", attacker.read(attacker.session(), count), own);
    expect(
        "select all in a transaction",
        attacker.write(attacker.session(), "select 1 from " + table.relation()),
        own);
    expect("copy to", attacker.undone(attacker.session(), this::copyOut), own);
  }

  private Outcome copyOut(Connection connection) throws SQLException {
    OutputStream nowhere = OutputStream.nullOutputStream();
    try {
      return new Outcome.Done(
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyOut(
                  "copy (select %s from %s) to stdout".formatted(table.tenant(), table.relation()),
                  nowhere));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private void readsNothingOfTheOther() {
    String theirs = " where " + table.tenant() + " = ?";
    expect(
        "select the other's",
        attacker.read(
            attacker.session(),
            "select count(*) from " + table.relation() + theirs,
            attacker.other()),
        0);
    expectNothing(
        "select the other's for update",
        attacker.write(
            attacker.session(),
            "select 1 from " + table.relation() + theirs + " for update",
            attacker.other()));
    if (table.fenced()) {
      expectRefused(
          "select behind the fence",
          attacker.read(attacker.session(), "select count(*) from " + table.base()));
    }
    for (String child : table.children()) {
      expectNothing(
          "select the partition " + child,
          attacker.read(
              attacker.session(), "select count(*) from " + child + theirs, attacker.other()));
    }
  }

  /** Compared as text, because TimescaleDB fails to plan a change that names the tenant. */
  private void changesNothingOfTheOther() {
    String column = table.tenant();
    String theirs = " where " + column + "::text = ?";
    for (String sql :
        List.of(
            "update " + table.relation() + " set " + column + " = " + column + theirs,
            "update "
                + table.relation()
                + " set "
                + column
                + " = "
                + column
                + theirs
                + " returning 1",
            "delete from " + table.relation() + theirs,
            "delete from " + table.relation() + theirs + " returning 1")) {
      expectNothing(
          sql.substring(0, 6) + (sql.endsWith("returning 1") ? " returning" : "") + " the other's",
          attacker.write(attacker.session(), sql, attacker.other().toString()));
    }
    Outcome all =
        attacker.write(
            attacker.session(), "update " + table.relation() + " set " + column + " = " + column);
    if (all instanceof Outcome.Done done
        && done.number() != attacker.rows().of(table).mineCount()) {
      attacker.report(table.relation(), "update all", "changed " + done.number() + " rows");
    }
    expectRefused("truncate", attacker.write(attacker.session(), "truncate " + table.base()));
  }

  private void writesNothingForTheOther() {
    Rows.Pair rows = attacker.rows().of(table);
    if (rows.mine() == null || rows.theirs() == null) {
      return;
    }
    expectFenced(
        "insert for the other",
        attacker.write(
            attacker.session(),
            "insert into %1$s (%2$s) overriding system value select %2$s from %3$s"
                .formatted(table.relation(), table.columnList(), table.copyWithFreshKey()),
            rows.mine(),
            attacker.other()));
    if (!table.key().isEmpty()) {
      expectFenced(
          "upsert over the other's row",
          attacker.write(
              attacker.session(),
              """
              insert into %1$s (%2$s) overriding system value select %2$s from %5$s
              on conflict (%3$s) do update set %4$s = excluded.%4$s
              """
                  .formatted(
                      table.relation(),
                      table.columnList(),
                      table.keyList(),
                      table.tenant(),
                      table.copy()),
              rows.theirs(),
              attacker.other()));
      expectFenced(
          "move a row to the other",
          attacker.write(
              attacker.session(),
              "update %1$s set %2$s = ? where %2$s::text = ?"
                  .formatted(table.relation(), table.tenant()),
              attacker.other(),
              attacker.self().toString()));
    }
    copiesNothingIn();
  }

  private void copiesNothingIn() {
    Outcome outcome =
        attacker.undone(
            attacker.session(),
            connection -> {
              try {
                return new Outcome.Done(
                    connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn(
                            "copy %s (%s) from stdin".formatted(table.relation(), table.tenant()),
                            new StringReader(attacker.other() + "\n")));
              } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
              }
            });
    if (outcome instanceof Outcome.Done done && done.number() > 0) {
      attacker.report(table.relation(), "copy from", "wrote " + done.number() + " rows");
    }
  }

  private void doesNothingWithoutATenant() {
    Session nobody = attacker.nobody();
    expectRefused(
        "select without a tenant",
        attacker.read(nobody, "select count(*) from " + table.relation()));
    expectRefused(
        "update without a tenant",
        attacker.write(
            nobody, "update %1$s set %2$s = %2$s".formatted(table.relation(), table.tenant())));
    expectRefused(
        "delete without a tenant", attacker.write(nobody, "delete from " + table.relation()));
  }

  private void expect(String attack, Outcome outcome, long wanted) {
    if (outcome instanceof Outcome.Done done && done.number() != wanted) {
      attacker.report(
          table.relation(), attack, done.number() + " rows where the tenant owns " + wanted);
    } else if (outcome instanceof Outcome.Refused refused
        && (table.may("SELECT") || !refused.byTheFence())) {
      attacker.report(
          table.relation(), attack, "cannot be proved, its own rows are refused: " + refused);
    }
  }

  private void expectNothing(String attack, Outcome outcome) {
    if (outcome instanceof Outcome.Done done && done.number() != 0) {
      attacker.report(table.relation(), attack, done.number() + " rows");
    } else if (outcome instanceof Outcome.Refused refused && !refused.byTheFence()) {
      attacker.report(table.relation(), attack, "stopped by chance only: " + refused);
    }
  }

  private void expectRefused(String attack, Outcome outcome) {
    if (outcome instanceof Outcome.Done done) {
      attacker.report(table.relation(), attack, "allowed, " + done.number() + " rows");
    } else if (outcome instanceof Outcome.Refused refused && !refused.byTheFence()) {
      attacker.report(table.relation(), attack, "stopped by chance only: " + refused);
    }
  }

  /**
   * A view checks its option behind the unique keys of its table, so the key of a row that is there
   * may speak first: a duplicate (23505), or a row that the view does not show (55000).
   */
  private void expectFenced(String attack, Outcome outcome) {
    boolean keyFirst =
        table.fenced()
            && outcome instanceof Outcome.Refused refused
            && Set.of("23505", "55000").contains(refused.sqlState());
    if (!keyFirst) {
      expectRefused(attack, outcome);
    }
  }
}
