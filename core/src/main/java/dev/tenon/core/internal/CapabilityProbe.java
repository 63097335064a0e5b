package dev.tenon.core.internal;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Session;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Asks the server once what it is. */
final class CapabilityProbe {

  private static final String QUESTION =
      """
      select current_setting('server_version_num')::int,
             current_setting('timescaledb.license', true),
             extname,
             extversion
        from pg_catalog.pg_extension
      """;

  private CapabilityProbe() {}

  static Capabilities ask(Session session) {
    return session.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(QUESTION);
              ResultSet rows = statement.executeQuery()) {
            int version = 0;
            Optional<String> license = Optional.empty();
            Map<String, String> extensions = new HashMap<>();
            while (rows.next()) {
              version = rows.getInt(1);
              license = Optional.ofNullable(rows.getString(2));
              extensions.put(rows.getString(3), rows.getString(4));
            }
            return new Capabilities(version, extensions, license);
          }
        });
  }
}
