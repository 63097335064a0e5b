package dev.tenon.testkit.servers;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * How to make a database once, to be copied for every test. Immutable.
 *
 * @param name a short word for the names of the databases: lower-case letters, digits, underscores
 * @param fingerprint changes whenever {@code preparation} would make something else, for example a
 *     digest of the migration scripts; the same fingerprint means that a ready copy may be used
 * @param extensions extensions that the superuser creates before {@code preparation} runs
 * @param preparation fills the database, as its owner
 */
public record DatabaseTemplate(
    String name, String fingerprint, Set<String> extensions, Preparation preparation) {

  /** Fills a new database. */
  @FunctionalInterface
  public interface Preparation {
    /**
     * Runs once per server; all its connections must be closed when it returns.
     *
     * @param database the template in the making
     * @throws Exception if it cannot; the half-made template is dropped
     */
    void prepare(TestDatabase database) throws Exception;
  }

  public DatabaseTemplate {
    if (!name.matches("[a-z][a-z0-9_]{0,19}")) {
      throw new IllegalArgumentException(
          "the name of a template is up to 20 lower-case letters, digits and underscores, not "
              + name);
    }
    extensions = Collections.unmodifiableSet(new LinkedHashSet<>(extensions));
  }

  /** An empty database with roles and nothing else. */
  public static DatabaseTemplate empty() {
    return new DatabaseTemplate("empty", "", Set.of(), database -> {});
  }

  /** A database that {@code preparation} fills. */
  public static DatabaseTemplate of(String name, String fingerprint, Preparation preparation) {
    return new DatabaseTemplate(name, fingerprint, Set.of(), preparation);
  }

  /** This template with more extensions, created in the given order after the ones before. */
  public DatabaseTemplate withExtensions(String... names) {
    Set<String> more = new LinkedHashSet<>(extensions);
    more.addAll(List.of(names));
    return new DatabaseTemplate(name, fingerprint, more, preparation);
  }

  /** The name of the database that holds this template on every server. */
  String databaseName() {
    List<String> parts = new ArrayList<>(List.of("tenon-template-1", name, fingerprint));
    extensions.stream().sorted().forEach(parts::add);
    return "tenon_t_" + name + "_" + Secrets.derived(parts.toArray(String[]::new));
  }
}
