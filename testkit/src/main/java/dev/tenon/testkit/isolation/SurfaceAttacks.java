package dev.tenon.testkit.isolation;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.List;
import java.util.Optional;

/** Views, materialised views, foreign tables and functions: whatever shows rows of tables. */
record SurfaceAttacks(Attacker attacker, Targets targets) {

  void run() {
    targets
        .views()
        .forEach(view -> shows(view, "read the view", "select t::text from " + view + " t"));
    targets
        .functions()
        .forEach(
            function ->
                shows(function, "call the function", "select t::text from " + function + " t"));
  }

  /** Looks for values that only the other tenant has. */
  private void shows(String object, String attack, String sql) {
    Outcome outcome =
        attacker.undone(
            attacker.session(),
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(sql);
                  ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                  Optional<String> mark = mark(String.valueOf(rows.getString(1)));
                  if (mark.isPresent()) {
                    attacker.report(object, attack, "shows the other's value " + mark.get());
                    return new Outcome.Done(1);
                  }
                }
                return new Outcome.Done(0);
              }
            });
    if (outcome instanceof Outcome.Refused refused && !isHarmless(refused)) {
      attacker.report(object, attack, "cannot be proved: " + refused);
    }
  }

  private Optional<String> mark(String row) {
    return attacker.rows().marks().stream().filter(row::contains).findFirst();
  }

  /** A right that is missing, or a function that cannot be called so: nothing was shown. */
  private static boolean isHarmless(Outcome.Refused refused) {
    return refused.byTheFence()
        || refused.byConstraint()
        || List.of("0A000", "P0001").contains(refused.sqlState());
  }
}
