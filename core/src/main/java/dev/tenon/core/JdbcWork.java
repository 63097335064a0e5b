package dev.tenon.core;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * What to do on a JDBC connection.
 *
 * @param <R> the result
 */
@FunctionalInterface
public interface JdbcWork<R> {
  R run(Connection connection) throws SQLException;
}
