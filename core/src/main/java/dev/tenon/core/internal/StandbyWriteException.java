package dev.tenon.core.internal;

import java.sql.SQLException;

/** A write met a server that is a standby by now; its connection leaves the pool. */
final class StandbyWriteException extends SQLException {

  private static final long serialVersionUID = 1L;

  StandbyWriteException(SQLException refused) {
    super(refused.getMessage(), refused.getSQLState(), refused);
  }
}
