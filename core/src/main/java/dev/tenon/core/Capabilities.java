package dev.tenon.core;

import java.util.Map;
import java.util.Optional;

/**
 * What the connected server can do.
 *
 * @param serverVersion {@code server_version_num}, e.g. 170011
 * @param extensions the version of each extension created in this database, by its name
 * @param timescaleLicense {@code timescaledb.license} ("apache" or "timescale") where TimescaleDB
 *     is loaded
 */
public record Capabilities(
    int serverVersion, Map<String, String> extensions, Optional<String> timescaleLicense) {

  public Capabilities {
    extensions = Map.copyOf(extensions);
  }

  public boolean has(String extension) {
    return extensions.containsKey(extension);
  }

  /**
   * Refuses to go on without an extension.
   *
   * @param user what needs it, for the message
   * @throws ServerException if it is not created in this database
   */
  public void require(String extension, String user) {
    if (!has(extension)) {
      throw new ServerException(
          Problem.what("the extension '" + extension + "' is missing")
              .where(user)
              .why("it is not created in the connected database")
              .fix(
                  "run, as a role that may: create extension if not exists \"" + extension + "\""));
    }
  }
}
