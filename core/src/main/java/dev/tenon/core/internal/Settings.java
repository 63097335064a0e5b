package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Server settings of a unit of work, which travel in front of a statement in its round trip.
 *
 * <p>One {@code select} sets them all, so however many there are, they are one statement and one
 * result to skip. Names stand in the text, which is the same for every tenant and so stays
 * prepared; values are bound. A null value puts the setting back to the connection's default.
 * Immutable.
 */
final class Settings {

  static final Settings NONE = new Settings(Map.of());

  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]*(\\.[a-z_][a-z0-9_]*)?");

  private final Map<String, @Nullable String> values;
  private final String sql;

  private Settings(Map<String, @Nullable String> values) {
    this.values = values;
    this.sql =
        values.keySet().stream()
            .map(name -> "set_config('" + name + "', ?, true)")
            .collect(Collectors.joining(", ", "select ", "; "));
  }

  /** These settings for the rows of a tenant; no caller can choose that through a setting. */
  Settings withTenant(TenantId tenant) {
    return put(TenantId.SETTING, tenant.value().toString());
  }

  Settings with(String name, String value) {
    if (!NAME.matcher(name).matches()) {
      throw new UsageException(
          Problem.what("'" + Problem.excerpt(name) + "' is not the name of a server setting")
              .where("Session.withSetting")
              .why("names are lower case words with at most one dot")
              .fix("pass a name such as hnsw.ef_search"));
    }
    if (name.equals(TenantId.SETTING)) {
      throw new UsageException(
          Problem.what("the setting " + name + " is the tenant of the session")
              .where("Session.withSetting")
              .why("a session would see the rows of another tenant than it says")
              .fix("ask TenantDatabase.as for a session of that tenant"));
    }
    return put(name, value);
  }

  private Settings put(String name, String value) {
    Map<String, @Nullable String> more = new LinkedHashMap<>(values);
    more.put(name, value);
    return new Settings(more);
  }

  /** These settings after the others were applied on top; a null among the others removes. */
  Settings plus(Settings changes) {
    if (changes.isEmpty()) {
      return this;
    }
    Map<String, @Nullable String> result = new LinkedHashMap<>(values);
    changes.values.forEach(
        (name, value) -> {
          if (value == null) {
            result.remove(name);
          } else {
            result.put(name, value);
          }
        });
    return new Settings(result);
  }

  /** What must be set to get from these settings to the wanted ones. */
  Settings changesTo(Settings wanted) {
    if (equals(wanted)) {
      return NONE;
    }
    Map<String, @Nullable String> changes = new LinkedHashMap<>();
    wanted.values.forEach(
        (name, value) -> {
          if (value != null && !value.equals(values.get(name))) {
            changes.put(name, value);
          }
        });
    values.keySet().stream()
        .filter(name -> !wanted.values.containsKey(name))
        .forEach(name -> changes.put(name, null));
    return changes.isEmpty() ? NONE : new Settings(changes);
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  int size() {
    return values.size();
  }

  /** The statement that sets everything, ended by a semicolon. */
  String sql() {
    return sql;
  }

  void bind(PreparedStatement statement) throws SQLException {
    int index = 0;
    for (String value : values.values()) {
      statement.setString(++index, value);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Settings that && values.equals(that.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }
}
