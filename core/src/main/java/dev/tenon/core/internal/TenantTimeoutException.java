package dev.tenon.core.internal;

import java.sql.SQLException;

/** A statement was cancelled in a session whose tenant has a limit of its own on statements. */
final class TenantTimeoutException extends SQLException {

  private static final long serialVersionUID = 1L;

  private final SQLException cancelled;

  TenantTimeoutException(SQLException cancelled) {
    super(cancelled.getMessage(), cancelled.getSQLState(), cancelled);
    this.cancelled = cancelled;
  }

  SQLException cancelled() {
    return cancelled;
  }
}
