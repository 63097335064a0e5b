package dev.tenon.tenancy.lifecycle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * What lies in an archive: written last, so that an archive without it is not finished.
 *
 * @param tables in the order in which they can be filled
 */
record Manifest(TenantId tenant, String name, Instant exportedAt, List<TableFile> tables) {

  static final String FILE = "manifest.json";

  private static final int FORMAT = 2;
  private static final JsonMapper JSON = new JsonMapper();

  /**
   * One table in the archive.
   *
   * @param sha256 of the file, in hexadecimal digits
   */
  record TableFile(
      String schema, String table, List<String> columns, String file, long rows, String sha256) {}

  void write(Path directory) throws IOException {
    ObjectNode document =
        JSON.createObjectNode()
            .put("format", FORMAT)
            .put("tenant", tenant.toString())
            .put("name", name)
            .put("exportedAt", exportedAt.toString());
    ArrayNode entries = document.putArray("tables");
    for (TableFile table : tables) {
      ObjectNode entry =
          entries
              .addObject()
              .put("schema", table.schema())
              .put("table", table.table())
              .put("file", table.file())
              .put("rows", table.rows())
              .put("sha256", table.sha256());
      table.columns().forEach(entry.putArray("columns")::add);
    }
    Path partial = directory.resolve(FILE + ".partial");
    JSON.writerWithDefaultPrettyPrinter().writeValue(partial.toFile(), document);
    Files.move(partial, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Of the file, in hexadecimal digits; it holds the digests of all others. */
  static String digest(Path directory) throws IOException {
    return HexFormat.of()
        .formatHex(TableExport.sha256().digest(Files.readAllBytes(directory.resolve(FILE))));
  }

  /** The tenant whose archive lies in a directory, or the text that stands for it. */
  static Optional<String> tenantIn(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    return Files.exists(file)
        ? Optional.of(JSON.readTree(file.toFile()).path("tenant").asText())
        : Optional.empty();
  }

  static Manifest read(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    if (!Files.isDirectory(directory)) {
      throw invalid(
          directory, "there is no such directory", "pass the directory that export was given");
    }
    if (!Files.exists(file)) {
      throw invalid(file, "there is no manifest", "the export was not finished; run it again");
    }
    JsonNode document = JSON.readTree(file.toFile());
    if (document.path("format").asInt() != FORMAT) {
      throw invalid(
          file,
          "the format is " + document.path("format"),
          "this version of Tenon reads format " + FORMAT);
    }
    List<TableFile> tables = new ArrayList<>();
    for (JsonNode entry : document.path("tables")) {
      List<String> columns = new ArrayList<>();
      entry.path("columns").forEach(column -> columns.add(column.asText()));
      tables.add(
          new TableFile(
              entry.path("schema").asText(),
              entry.path("table").asText(),
              columns,
              entry.path("file").asText(),
              entry.path("rows").asLong(),
              entry.path("sha256").asText()));
    }
    return new Manifest(
        TenantId.parse(document.path("tenant").asText()),
        document.path("name").asText(),
        Instant.parse(document.path("exportedAt").asText()),
        tables);
  }

  private static InvalidDataException invalid(Path file, String what, String fix) {
    return new InvalidDataException(Problem.what(what).where(file.toString()).fix(fix));
  }
}
