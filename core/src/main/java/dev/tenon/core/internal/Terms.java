package dev.tenon.core.internal;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/**
 * On what terms a session works: for whom, with which settings, let in by whom.
 *
 * @param statementTimeout the statement timeout, where it is not the database's own
 * @param limit what the statement timeout may be
 */
record Terms(
    Engine engine,
    @Nullable TenantId tenant,
    Settings settings,
    @Nullable String statementTimeout,
    @Nullable StatementLimit limit,
    Admission admission) {

  static final String STATEMENT_TIMEOUT = "statement_timeout";

  Terms with(String name, String value) {
    requireSetting(name, value);
    requireAdmitted(limit, name, value);
    return new Terms(
        engine,
        tenant,
        settings.with(name, value),
        name.equals(STATEMENT_TIMEOUT) ? value : statementTimeout,
        limit,
        admission);
  }

  static void requireSetting(String name, String value) {
    Required.require(name, "name", "Session.withSetting");
    Required.require(value, "value", "Session.withSetting");
    try {
      ColumnCodec.requireEncodable(value);
    } catch (InvalidDataException unfit) {
      throw new InvalidDataException(
          unfit.problem().where("Session.withSetting(" + Problem.excerpt(name) + ")"));
    }
  }

  static void requireAdmitted(@Nullable StatementLimit limit, String name, String value) {
    if (limit != null && name.equals(STATEMENT_TIMEOUT)) {
      limit.admit(value);
    }
  }

  /** A connection and a place: both are held until it is given back. */
  Loan borrow() {
    Admission.Exit exit = admission.enter();
    try {
      StatementWatch watch = engine.watch(tenant);
      Connection connection = engine.connections().borrow();
      if (statementTimeout != null) {
        engine.connections().allow(connection, statementTimeout);
      }
      return new Loan(engine.connections(), connection, watch, limit, exit);
    } catch (RuntimeException | Error failure) {
      exit.leave();
      throw failure;
    }
  }

  /** A borrowed connection. */
  record Loan(
      Connections connections,
      Connection connection,
      @Nullable StatementWatch watch,
      @Nullable StatementLimit limit,
      Admission.Exit exit) {

    void giveBack() {
      try {
        connections.giveBack(connection);
      } finally {
        exit.leave();
      }
    }
  }
}
