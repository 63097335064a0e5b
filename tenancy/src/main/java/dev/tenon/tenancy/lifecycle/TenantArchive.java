package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.AdminDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * All rows of a tenant as files: one NDJSON file for each table, and a manifest with the row counts
 * and SHA-256 checksums.
 *
 * <p>Rows are streamed both ways; neither end holds a table in memory. An export sees one snapshot
 * of the database. The same rows make the same files. Safe for use by many threads on different
 * directories.
 */
public final class TenantArchive {

  /**
   * A table may take longer than any statement should, and a value has the same text wherever it is
   * written and read.
   */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "statement_timeout", "0",
          "datestyle", "ISO",
          "intervalstyle", "postgres",
          "timezone", "UTC",
          "bytea_output", "hex",
          "extra_float_digits", "1",
          "lc_monetary", "C",
          "xmloption", "content");

  private final AdminDatabase admin;
  private final InstantSource clock;

  private TenantArchive(AdminDatabase admin, InstantSource clock) {
    this.admin = admin;
    this.clock = clock;
  }

  public static TenantArchive on(AdminDatabase admin) {
    return on(admin, InstantSource.system());
  }

  /** The same with a clock, for the time in the manifest. */
  public static TenantArchive on(AdminDatabase admin, InstantSource clock) {
    return new TenantArchive(admin, clock);
  }

  /** The number of rows of each table, by its schema and name. */
  public record Contents(TenantId tenant, Map<String, Long> rows) {}

  /**
   * Exports a tenant into a directory, which is created.
   *
   * <p>The manifest is written last: a directory without one is not a finished export, and the
   * export can be run again into it.
   *
   * @throws NotFoundException if the registry does not know the tenant
   * @throws UsageException if it is being erased, or was, or if the directory holds the archive of
   *     another tenant
   * @throws RetryableException if it is being restored
   * @throws dev.tenon.core.ServerException if a table with a tenant column is not declared
   */
  public Contents export(TenantId tenant, Path directory) {
    try {
      requireOwnDirectory(tenant, directory);
      Files.createDirectories(directory);
      Files.deleteIfExists(directory.resolve(Manifest.FILE));
      Manifest manifest =
          admin
              .admin("export tenant " + tenant)
              .acrossTenantsResult(
                  Transaction.Options.defaults()
                      .withIsolation(Transaction.Options.Isolation.REPEATABLE_READ),
                  transaction -> {
                    TenantLock.share(transaction, tenant, "TenantArchive.export");
                    Tenant known =
                        TenantRegistry.requireNotErased(
                            transaction, "TenantArchive.export", tenant);
                    return new Manifest(
                        tenant,
                        known.name(),
                        clock.instant(),
                        exportTables(transaction, tenant, directory));
                  });
      manifest.write(directory);
      return contents(manifest);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /**
   * Imports an exported tenant, in one transaction, under its own id.
   *
   * <p>Files are checked against their checksums before a row is written. The tenant is created in
   * the registry where it is unknown. The same archive once more, after a reply that was lost,
   * changes nothing, as long as the tenant has as many rows in each table as the archive.
   *
   * <p>Triggers fire, because to switch them off takes the owner of the tables or a superuser; the
   * tenant is bound to the transaction ({@code app.current_tenant}), so that they can write. Rows
   * that they write into a table of the archive are deleted again before its own rows are copied,
   * and after all were: a history comes back as it was. What they change in archived rows stays
   * changed, and so does what they write into tables that the archive does not have.
   *
   * @throws InvalidDataException if a file was changed, is missing, or holds rows of another tenant
   * @throws UsageException if the tenant has rows already, in any table, is being erased, or was
   * @throws dev.tenon.core.ServerException if foreign keys that cannot wait go round in a circle,
   *     or triggers write rows however often these are deleted; nothing was imported
   * @throws RetryableException if it is being exported, restored or erased at this moment
   */
  public Contents restore(Path directory) {
    try {
      Manifest manifest = Manifest.read(directory);
      String digest = Manifest.digest(directory);
      admin
          .admin("import tenant " + manifest.tenant())
          .acrossTenants(
              transaction -> {
                TenantLock.take(transaction, manifest.tenant(), "TenantArchive.restore");
                restoreTables(transaction, manifest, directory, digest);
              });
      return contents(manifest);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static void requireOwnDirectory(TenantId tenant, Path directory) throws IOException {
    String other = Manifest.tenantIn(directory).orElse(tenant.toString());
    if (!other.equals(tenant.toString())) {
      throw new UsageException(
          Problem.what("the directory holds the archive of tenant " + Problem.excerpt(other))
              .where("TenantArchive.export into " + directory)
              .why("files of two tenants would lie together")
              .fix("export each tenant into a directory of its own; nothing was changed"));
    }
  }

  private static List<Manifest.TableFile> exportTables(
      Transaction transaction, TenantId tenant, Path directory) {
    List<OwnedTable> tables = OwnedTables.parentsFirst(transaction);
    return files(
        transaction,
        connection -> {
          List<Manifest.TableFile> files = new ArrayList<>();
          for (OwnedTable table : tables) {
            files.add(
                TableExport.run(
                    connection, table, tenant, directory, fileName(files.size() + 1, table)));
          }
          return files;
        });
  }

  private static void restoreTables(
      Transaction transaction, Manifest manifest, Path directory, String digest) {
    List<OwnedTable> tables = OwnedTables.fillable(transaction);
    TenantId tenant = manifest.tenant();
    files(
        transaction,
        connection -> {
          TableImport each = new TableImport(connection, tenant, directory);
          for (Manifest.TableFile entry : manifest.tables()) {
            each.requireUnharmed(entry);
          }
          TenantRegistry.createIfUnknown(
              transaction, "TenantArchive.restore", tenant, manifest.name());
          TenantRegistry.requireNotErased(transaction, "TenantArchive.restore", tenant);
          TenantImport run = TenantImport.of(manifest, tables, each);
          boolean again = TenantRegistry.isRestoredFrom(transaction, tenant, digest);
          if (again && run.isDone()) {
            return manifest;
          }
          run.requireNoRows(again);
          TenantRegistry.restored(transaction, tenant, digest);
          BoundTenant.bind(transaction, tenant);
          run.run();
          return manifest;
        });
  }

  private static Contents contents(Manifest manifest) {
    return new Contents(
        manifest.tenant(),
        manifest.tables().stream()
            .collect(
                Collectors.toMap(
                    entry -> entry.schema() + "." + entry.table(), Manifest.TableFile::rows)));
  }

  /** Names stay readable and hold nothing that a file system minds. */
  private static String fileName(int number, OwnedTable table) {
    String plain = table.toString().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_.-]", "_");
    return "%04d-%s.ndjson".formatted(number, plain.substring(0, Math.min(plain.length(), 80)));
  }

  private static <R> R files(Transaction transaction, FileWork<R> work) {
    Session session = transaction;
    for (Map.Entry<String, String> setting : SETTINGS.entrySet()) {
      session = session.withSetting(setting.getKey(), setting.getValue());
    }
    return session.jdbc(
        connection -> {
          try {
            return work.run(connection);
          } catch (IOException error) {
            throw new UncheckedIOException(error);
          }
        });
  }

  @FunctionalInterface
  private interface FileWork<R> {
    R run(Connection connection) throws SQLException, IOException;
  }
}
