package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import org.postgresql.PGConnection;

/** The rows of one file of an archive into their table. */
record TableImport(Connection connection, TenantId tenant, Path directory) {

  private static final String STAGE = "pg_temp.tenon_import";

  /** Reads every file once before a row is written. */
  void requireUnharmed(Manifest.TableFile entry) throws IOException {
    Path file = directory.resolve(entry.file()).normalize();
    if (!directory.normalize().equals(file.getParent()) || !Files.isRegularFile(file)) {
      throw invalid(entry, "the file " + entry.file() + " is not in the archive");
    }
    MessageDigest digest = TableExport.sha256();
    try (InputStream from = new DigestInputStream(Files.newInputStream(file), digest)) {
      from.transferTo(OutputStream.nullOutputStream());
    }
    if (!HexFormat.of().formatHex(digest.digest()).equals(entry.sha256())) {
      throw invalid(entry, "the file " + entry.file() + " is not what was exported");
    }
  }

  long count(OwnedTable table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select count(*) from %s where %s".formatted(table.sql(), table.ownedBy(tenant)))) {
      row.next();
      return row.getLong(1);
    }
  }

  /** One statement moves the rows from the stage, so that they may refer to each other. */
  void fill(Manifest.TableFile entry, OwnedTable table) throws SQLException, IOException {
    OwnedTable target = table.withColumns(entry.columns());
    try (Statement statement = connection.createStatement()) {
      stage(statement, entry);
      requireOneTenant(statement, entry, target);
      long inserted =
          statement.executeLargeUpdate(
              "insert into %s (%s) overriding system value %s"
                  .formatted(target.sql(), target.columnList(), target.fromJson(STAGE)));
      statement.execute("drop table " + STAGE);
      if (inserted != entry.rows()) {
        throw invalid(
            entry, inserted + " rows were written of " + entry.rows() + " in the manifest");
      }
    }
  }

  void empty(OwnedTable table) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("delete from %s where %s".formatted(table.sql(), table.ownedBy(tenant)));
    }
  }

  /** Leaves of a table what the archive has. Rows without a key cannot be told apart. */
  void reduce(Manifest.TableFile entry, OwnedTable table) throws SQLException, IOException {
    OwnedTable target = table.withColumns(entry.columns());
    if (!target.hasReadableKey()) {
      empty(table);
      fill(entry, table);
      return;
    }
    try (Statement statement = connection.createStatement()) {
      stage(statement, entry);
      statement.execute(
          "delete from %s t where %s and not exists (select from (%s) a where %s)"
              .formatted(
                  target.sql(),
                  target.ownedBy(tenant),
                  target.withColumns(target.key()).fromJson(STAGE),
                  target.sameKey("a", "t")));
      statement.execute("drop table " + STAGE);
    }
  }

  private void stage(Statement statement, Manifest.TableFile entry)
      throws SQLException, IOException {
    statement.execute("create temporary table " + STAGE + " (line json) on commit drop");
    try (InputStream from = Files.newInputStream(directory.resolve(entry.file()))) {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("copy " + STAGE + " (line) from stdin " + TableExport.AS_LINES, from);
    }
  }

  static void requireColumns(Manifest.TableFile entry, OwnedTable table) {
    List<String> unknown =
        entry.columns().stream().filter(column -> !table.columnNames().contains(column)).toList();
    if (!unknown.isEmpty()) {
      throw invalid(entry, "the table here lacks the columns " + unknown);
    }
  }

  boolean hasRows(OwnedTable table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select exists (select from %s where %s)"
                    .formatted(table.sql(), table.ownedBy(tenant)))) {
      row.next();
      return row.getBoolean(1);
    }
  }

  private void requireOneTenant(Statement statement, Manifest.TableFile entry, OwnedTable table)
      throws SQLException {
    try (ResultSet row =
        statement.executeQuery(
            "select count(*) from (%s) r where (%s) is not true"
                .formatted(table.fromJson(STAGE), table.ownedBy(tenant)))) {
      row.next();
      if (row.getLong(1) != 0) {
        throw invalid(entry, row.getLong(1) + " rows belong to another tenant");
      }
    }
  }

  private static InvalidDataException invalid(Manifest.TableFile entry, String what) {
    return new InvalidDataException(
        Problem.what(what)
            .where("the archive's table " + entry.schema() + "." + entry.table())
            .why("the archive was changed, or was made of another schema")
            .fix("export again; nothing was imported"));
  }
}
