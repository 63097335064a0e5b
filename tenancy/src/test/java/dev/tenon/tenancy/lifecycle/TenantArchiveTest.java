package dev.tenon.tenancy.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.AdminDatabase;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.Moment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TenantArchiveTest {

  private static final String HOSTILE =
      "tab\t quote\" back\\slash \\. newline\n carriage\r comma, {brace} \u0001\u0002 \uD83D\uDE00";

  private final TwoTenants tenants = new TwoTenants();
  private final TenantArchive archive = tenants.archive;
  private final TenantId acme = tenants.acme;
  @TempDir private Path directory;

  @BeforeEach
  void fill() {
    tenants.fill(1000, HOSTILE);
  }

  @AfterEach
  void close() {
    tenants.close();
  }

  @Test
  void an_export_restores_every_value() {
    String before = content();
    assertThat(archive.export(acme, directory).rows())
        .isEqualTo(Map.of("public.customers", 1000L, "fenced.notes", 1000L));
    tenants.erasure.erase(acme);
    tenants.forgetErased();
    assertThat(archive.restore(directory).rows()).containsEntry("fenced.notes", 1000L);
    assertThat(content()).isEqualTo(before);
    assertThat(tenants.registry.find(acme).orElseThrow().name()).isEqualTo("Acme");
    assertThat(tenants.session(tenants.bolt).sql().fetchCount(DSL.table("notes"))).isEqualTo(1000);
  }

  @Test
  void the_same_rows_make_the_same_files() throws IOException {
    archive.export(acme, directory.resolve("one"));
    archive.export(acme, directory.resolve("two"));
    for (Path file : files(directory.resolve("one"))) {
      assertThat(directory.resolve("two").resolve(file.getFileName())).hasSameBinaryContentAs(file);
    }
  }

  @Test
  void a_changed_file_is_refused_before_a_row_is_written() throws IOException {
    archive.export(acme, directory);
    Path file = files(directory).get(0);
    Files.writeString(file, Files.readString(file).replaceFirst("00", "11"));
    refusesToRestore("is not what was exported");
  }

  @Test
  void a_missing_manifest_or_file_is_refused() throws IOException {
    archive.export(acme, directory);
    Files.delete(files(directory).get(0));
    refusesToRestore("is not in the archive");
    Files.delete(directory.resolve("manifest.json"));
    refusesToRestore("the export was not finished");
  }

  @Test
  void rows_of_another_tenant_are_refused() throws IOException {
    archive.export(acme, directory);
    Path manifest = directory.resolve("manifest.json");
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replace(acme.toString(), UuidV7.next().toString())
            .replace("\"Acme\"", "\"Other\""));
    assertThatThrownBy(() -> archive.restore(directory))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("1000 rows belong to another tenant");
    assertThat(tenants.registry.all()).hasSize(2);
  }

  @Test
  void a_file_outside_the_archive_is_refused() throws IOException {
    archive.export(acme, directory.resolve("in"));
    Path file = files(directory.resolve("in")).get(0);
    Files.move(file, directory.resolve(file.getFileName()));
    Path manifest = directory.resolve("in").resolve("manifest.json");
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replace(file.getFileName().toString(), "../" + file.getFileName()));
    assertThatThrownBy(() -> archive.restore(directory.resolve("in")))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("is not in the archive");
  }

  @Test
  void a_tenant_with_rows_is_not_filled_twice() {
    archive.export(acme, directory);
    assertThatThrownBy(() -> archive.restore(directory))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("has rows in public.customers already");
    assertThat(tenants.session(acme).sql().fetchCount(DSL.table("customers"))).isEqualTo(1000);
  }

  @Test
  void a_restore_whose_reply_was_lost_is_done_when_it_is_run_again() {
    archive.export(acme, directory);
    tenants.erasure.erase(acme);
    tenants.forgetErased();
    FaultProxy network = FaultProxy.to(tenants.shop.made().server());
    try (network;
        Database far = tenants.shop.openAdmin(network)) {
      network.on(Moment.beforeReply("COMMIT")).resetPeer();
      assertThatThrownBy(() -> TenantArchive.on(AdminDatabase.on(far)).restore(directory))
          .isInstanceOf(OutcomeUnknownException.class);
    }
    assertThat(archive.restore(directory).rows()).containsEntry("fenced.notes", 1000L);
    assertThat(tenants.session(acme).sql().fetchCount(DSL.table("notes"))).isEqualTo(1000);
  }

  @Test
  void an_archive_whose_rows_have_changed_since_is_not_restored_again() {
    archive.export(acme, directory);
    tenants.erasure.erase(acme);
    tenants.forgetErased();
    archive.restore(directory);
    tenants.session(acme).sql().execute("delete from notes");
    assertThatThrownBy(() -> archive.restore(directory))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("this archive was restored already, and the rows have changed since");
  }

  @Test
  void a_directory_that_does_not_exist_is_told_as_such() {
    assertThatThrownBy(() -> archive.restore(directory.resolve("nowhere")))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("there is no such directory")
        .hasMessageContaining("nowhere");
  }

  @Test
  void an_archive_is_not_mixed_with_that_of_another_tenant() throws IOException {
    archive.export(acme, directory);
    String manifest = Files.readString(directory.resolve("manifest.json"));
    assertThatThrownBy(() -> archive.export(tenants.bolt, directory))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("holds the archive of tenant " + acme);
    assertThat(directory.resolve("manifest.json")).hasContent(manifest);
    archive.export(acme, directory);
  }

  @Test
  void an_unknown_tenant_is_not_found() {
    assertThatThrownBy(() -> archive.export(TenantId.of(UuidV7.next()), directory))
        .isInstanceOf(NotFoundException.class);
  }

  private void refusesToRestore(String reason) {
    assertThatThrownBy(() -> archive.restore(directory))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining(reason);
  }

  private String content() {
    return String.valueOf(
        tenants
            .session(acme)
            .sql()
            .fetchValue(
                """
                select md5(string_agg(c::text || n::text, ';' order by n.id))
                  from customers c join notes n on n.customer_id = c.id
                """));
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(file -> file.toString().endsWith(".ndjson")).sorted().toList();
    }
  }
}
