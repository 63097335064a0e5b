package dev.tenon.testkit.isolation;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.List;

/** Views, materialised views, foreign tables and functions: whatever shows rows of tables. */
record SurfaceAttacks(Attacker attacker, Targets targets) {

  void run() {
    targets
        .views()
        .forEach(view -> shows(view, "read the view", "select t::text from " + view + " t"));
    targets.routines().stream()
        .filter(routine -> routine.kind() == 'f' && routine.parameters().isEmpty())
        .forEach(routine -> shows(routine.label(), "call the function", routine.call(0)));
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
                  List<String> marks = attacker.rows().marksIn(String.valueOf(rows.getString(1)));
                  if (!marks.isEmpty()) {
                    attacker.report(object, attack, "shows the other's value " + marks.get(0));
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

  /** A right that is missing, or a function that cannot be called so: nothing was shown. */
  private static boolean isHarmless(Outcome.Refused refused) {
    return refused.byTheFence()
        || refused.byConstraint()
        || List.of("0A000", "P0001").contains(refused.sqlState());
  }
}
