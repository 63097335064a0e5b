package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * An archive into the tables of a tenant that has no rows, in one transaction.
 *
 * <p>The triggers of the tables fire meanwhile. A row that they write is none of the archive, which
 * has those that they wrote when its own rows were written first: it is deleted again.
 *
 * @param declared every table with rows of tenants
 * @param entries what the archive has for them, in the order in which they can be filled
 */
record TenantImport(
    TableImport each, List<OwnedTable> declared, Map<OwnedTable, Manifest.TableFile> entries) {

  private static final int ROUNDS = 5;

  /**
   * @throws InvalidDataException if a table or a column of the archive is not here
   */
  static TenantImport of(Manifest manifest, List<OwnedTable> tables, TableImport each) {
    Map<String, OwnedTable> byName =
        tables.stream().collect(Collectors.toMap(OwnedTable::toString, Function.identity()));
    Map<OwnedTable, Manifest.TableFile> found = new LinkedHashMap<>();
    for (Manifest.TableFile entry : manifest.tables()) {
      OwnedTable table = byName.get(entry.schema() + "." + entry.table());
      if (table == null) {
        throw undeclared(entry);
      }
      TableImport.requireColumns(entry, table);
      found.put(table, entry);
    }
    Map<OwnedTable, Manifest.TableFile> entries = new LinkedHashMap<>();
    for (OwnedTable table : tables) {
      Manifest.TableFile entry = found.get(table);
      if (entry != null) {
        entries.put(table, entry);
      }
    }
    return new TenantImport(each, tables, entries);
  }

  /**
   * Whether every table has as many rows of the tenant as the archive: asked of an archive that was
   * restored already, whose reply may have been lost.
   */
  boolean isDone() throws SQLException {
    return changed().isEmpty();
  }

  /** Asked of every table before the first row is written, because triggers write to others. */
  void requireNoRows(boolean again) throws SQLException {
    for (OwnedTable table : declared) {
      if (each.hasRows(table)) {
        throw new UsageException(
            Problem.what("tenant " + each.tenant() + " has rows in " + table + " already")
                .where("TenantArchive.restore")
                .why(
                    again
                        ? "this archive was restored already, and the rows have changed since"
                        : "a restore fills a tenant that has nothing")
                .fix(
                    "leave the tenant as it is, or restore it in a database where it has no rows"));
      }
    }
  }

  void run() throws SQLException, IOException {
    set("deferred");
    List<OwnedTable> left = childrenFirst();
    for (Map.Entry<OwnedTable, Manifest.TableFile> entry : entries.entrySet()) {
      if (each.hasRows(entry.getKey())) {
        for (OwnedTable table : left) {
          each.empty(table);
        }
      }
      each.fill(entry.getValue(), entry.getKey());
      left.remove(entry.getKey());
    }
    deleteWrittenByTriggers();
  }

  private void deleteWrittenByTriggers() throws SQLException, IOException {
    for (int round = 0; round < ROUNDS; round++) {
      set("immediate");
      Map<OwnedTable, Manifest.TableFile> changed = changed();
      if (changed.isEmpty()) {
        return;
      }
      set("deferred");
      for (Map.Entry<OwnedTable, Manifest.TableFile> entry : changed.entrySet()) {
        each.reduce(entry.getValue(), entry.getKey());
      }
    }
    throw new ServerException(
        Problem.what("triggers change the rows of tables that were restored: " + changed().keySet())
            .where("TenantArchive.restore")
            .why("they write rows each time, or delete those of the archive")
            .fix("switch them off as the owner meanwhile; nothing was imported"));
  }

  /** Triggers and keys that wait for the end of the transaction do so, or do so no longer. */
  private void set(String constraints) throws SQLException {
    try (Statement statement = each.connection().createStatement()) {
      statement.execute("set constraints all " + constraints);
    }
  }

  /** Tables that have more or fewer rows than the archive, children first. */
  private Map<OwnedTable, Manifest.TableFile> changed() throws SQLException {
    Map<OwnedTable, Manifest.TableFile> changed = new LinkedHashMap<>();
    for (OwnedTable table : childrenFirst()) {
      Manifest.TableFile entry = entries.get(table);
      if (entry != null && each.count(table) != entry.rows()) {
        changed.put(table, entry);
      }
    }
    return changed;
  }

  private List<OwnedTable> childrenFirst() {
    List<OwnedTable> tables = new ArrayList<>(entries.keySet());
    Collections.reverse(tables);
    return tables;
  }

  private static InvalidDataException undeclared(Manifest.TableFile entry) {
    return new InvalidDataException(
        Problem.what("the table " + entry.schema() + "." + entry.table() + " is not declared here")
            .where("TenantArchive.restore")
            .why("the archive was made of another schema")
            .fix("run the migrations of the application that exported it"));
  }
}
