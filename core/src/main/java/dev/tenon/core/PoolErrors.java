package dev.tenon.core;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;

/**
 * Keeps connections that HikariCP closes for an SQLSTATE which other servers end them with: to
 * PostgreSQL 0A000 is a statement that it does not support, or whose plan a migration made stale.
 */
final class PoolErrors implements SQLExceptionOverride {

  private static final String NOT_SUPPORTED = "0A000";

  @java.lang.Override
  public Override adjudicate(SQLException error) {
    return NOT_SUPPORTED.equals(error.getSQLState())
        ? Override.DO_NOT_EVICT
        : Override.CONTINUE_EVICT;
  }
}
