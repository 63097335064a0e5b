package dev.tenon.core;

import dev.tenon.core.internal.FlywayScripts;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/**
 * A named set of Flyway scripts with a history table of its own, {@code tenon.<name>_history}.
 *
 * <p>The set lists its scripts, so that its {@link #fingerprint} needs no class-path scan and no
 * database. Immutable.
 */
public final class Migrations {

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,40}");
  private static final Pattern SCRIPT = Pattern.compile("(V[0-9][0-9._]*|R)__[A-Za-z0-9_]+\\.sql");

  private final String name;
  private final Map<String, String> scripts;

  private Migrations(String name, Map<String, String> scripts) {
    this.name = name;
    this.scripts = scripts;
  }

  /** An empty set; the name becomes part of the history table's name. */
  public static Migrations named(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new UsageException(
          Problem.what("'" + Problem.excerpt(name) + "' cannot name a set of migrations")
              .where("Migrations.named")
              .why("the name becomes part of a table name")
              .fix("use lower case letters, digits and underscores, at most 41"));
    }
    return new Migrations(name, Map.of());
  }

  /** Adds a script given as text, e.g. one that a policy builder emitted. */
  public Migrations script(String fileName, String sql) {
    if (!SCRIPT.matcher(fileName).matches()) {
      throw new UsageException(
          Problem.what("'" + Problem.excerpt(fileName) + "' is not the name of a Flyway script")
              .where("migrations '" + name + "'")
              .why("Flyway reads the version from the name")
              .fix("name it V<version>__<description>.sql or R__<description>.sql"));
    }
    if (scripts.containsKey(fileName)) {
      throw new UsageException(
          Problem.what("the script " + fileName + " is given twice")
              .where("migrations '" + name + "'")
              .fix("give each script a version of its own"));
    }
    Map<String, String> more = new LinkedHashMap<>(scripts);
    more.put(fileName, sql);
    return new Migrations(name, more);
  }

  /** Adds a script that lies beside a class, as a resource of the same package. */
  public Migrations resource(Class<?> beside, String fileName) {
    try (InputStream content = beside.getResourceAsStream(fileName)) {
      if (content == null) {
        throw new UsageException(
            Problem.what("the script " + fileName + " was not found")
                .where("migrations '" + name + "', beside " + beside.getName())
                .why("no resource of that name is in the package")
                .fix("put it beside the class, under src/main/resources"));
      }
      return script(fileName, new String(content.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  public String name() {
    return name;
  }

  /** Changes whenever a script, its name or the order changes; the same on every machine. */
  public String fingerprint() {
    return FlywayScripts.fingerprint(name, scripts);
  }

  void apply(DataSource dataSource) {
    FlywayScripts.apply(name, scripts, dataSource);
  }
}
