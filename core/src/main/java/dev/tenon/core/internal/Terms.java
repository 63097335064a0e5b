package dev.tenon.core.internal;

import dev.tenon.core.TenantId;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/** On what terms a session works: for whom, with which settings, let in by whom. */
record Terms(Engine engine, @Nullable TenantId tenant, Settings settings, Admission admission) {

  Terms with(String name, String value) {
    return with(settings.with(name, value));
  }

  Terms with(Settings changed) {
    return new Terms(engine, tenant, changed, admission);
  }

  /** A connection and a place: both are held until it is given back. */
  Loan borrow() {
    Admission.Exit exit = admission.enter();
    try {
      return new Loan(engine.connections(), engine.connections().borrow(), exit);
    } catch (RuntimeException | Error failure) {
      exit.leave();
      throw failure;
    }
  }

  /** A borrowed connection. */
  record Loan(Connections connections, Connection connection, Admission.Exit exit) {

    void giveBack() {
      try {
        connections.giveBack(connection);
      } finally {
        exit.leave();
      }
    }
  }
}
