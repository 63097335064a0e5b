package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.TableBehindView;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What the server's catalog tells of a table and its indexes, on one connection. */
record IndexCatalog(Connection connection, IndexDefinition definition) {

  private static final String TABLE = TableBehindView.regclass("to_regclass(?)");

  /**
   * The table that holds the rows.
   *
   * @param schema of the table and of its indexes
   * @param rows as the planner estimates them; -1 before the first ANALYZE
   */
  record Base(long oid, String schema, String name, double rows) {

    String quoted() {
      return quoted(name);
    }

    /** An index of the table, or to be. */
    String quoted(String index) {
      return RecordColumns.quoted(schema) + "." + RecordColumns.quoted(index);
    }
  }

  /** Whether there is an index of a name, and which. */
  enum State {
    /** There is none. */
    MISSING,
    /** A build of it ended early: no search uses it, and every write pays for it. */
    INVALID,
    /** It was built with other parameters, or for another space. */
    OTHER,
    /** It is what the repository defines. */
    READY
  }

  Base base() throws SQLException {
    String sql =
        """
        select c.oid, n.nspname, c.relname, c.reltuples, c.relkind = 'p'
          from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
         where c.oid = %s"""
            .formatted(TABLE);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, definition.table().name());
      statement.setString(2, definition.table().name());
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new UsageException(
              Problem.what("the table " + definition.table().name() + " does not exist")
                  .where(definition.table().place("indexBuild"))
                  .why("the search path of the role leads to none of that name")
                  .fix(
                      "run tableSql() first, in a migration; for the part of a tenant"
                          + " partitionSql(tenant)"));
        }
        if (row.getBoolean(5)) {
          throw new UsageException(
              Problem.what("the table is partitioned")
                  .where(definition.table().place("indexBuild"))
                  .why("no index of all parts is built beside readers and writers")
                  .fix("build that of each large tenant's part: indexBuild(owner, tenant)"));
        }
        return new Base(row.getLong(1), row.getString(2), row.getString(3), row.getDouble(4));
      }
    }
  }

  State state(Base base, String name) throws SQLException {
    String sql =
        """
        select i.indisvalid, a.amname, o.opcname, array_to_string(c.reloptions, ',')
          from pg_catalog.pg_index i
          join pg_catalog.pg_class c on c.oid = i.indexrelid
          join pg_catalog.pg_am a on a.oid = c.relam
          join pg_catalog.pg_opclass o on o.oid = i.indclass[0]
         where i.indrelid = ? and c.relname = ?""";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, base.oid());
      statement.setString(2, name);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return State.MISSING;
        }
        if (!row.getBoolean(1)) {
          return State.INVALID;
        }
        Map<String, String> options = options(Optional.ofNullable(row.getString(4)));
        return definition.isLike(row.getString(2), row.getString(3), options)
            ? State.READY
            : State.OTHER;
      }
    }
  }

  /** How many rows an index held when it was built. */
  double rows(Base base, String index) throws SQLException {
    String sql =
        """
        select c.reltuples
          from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
         where i.indrelid = ? and c.relname = ?""";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, base.oid());
      statement.setString(2, index);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getDouble(1) : 0;
      }
    }
  }

  /** Of {@code pg_class.reloptions}, joined by commas. */
  static Map<String, String> options(Optional<String> written) {
    Map<String, String> options = new HashMap<>();
    written.ifPresent(
        text -> {
          for (String option : text.split(",", -1)) {
            int equals = option.indexOf('=');
            options.put(option.substring(0, equals), option.substring(equals + 1));
          }
        });
    return options;
  }
}
