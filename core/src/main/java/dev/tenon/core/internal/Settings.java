package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Server settings of a unit of work, which travel in front of a statement in its round trip.
 *
 * <p>One {@code select} sets them all, so however many there are, they are one statement and one
 * result to skip. Names stand in the text, which is the same for every tenant and so stays
 * prepared; values are bound. A null value puts the setting back to the connection's default.
 * Immutable; settings made from the same ones with the same name share their text.
 */
final class Settings {

  static final Settings NONE = none();

  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]*(\\.[a-z_][a-z0-9_]*)?");

  /** No value of a setting: the server takes no zero character. */
  private static final String UNKNOWN = "\0";

  private final Names names;
  private final @Nullable String[] values;

  private Settings(Names names, @Nullable String[] values) {
    this.names = names;
    this.values = values;
  }

  /** No settings, which remember the text of what is made from them. */
  static Settings none() {
    return new Settings(new Names(new String[0], false), new String[0]);
  }

  /** The same, for tenants that the registry must know as active. */
  static Settings ofActiveTenants() {
    return new Settings(new Names(new String[0], true), new String[0]);
  }

  /** These settings for the rows of a tenant; no caller can choose that through a setting. */
  Settings withTenant(TenantId tenant) {
    return put(TenantId.SETTING, tenant.value().toString());
  }

  Settings with(String name, String value) {
    if (!names.knows(name)) {
      requireSettable(name);
    } else if (name.equals(TenantId.SETTING)) {
      throw tenantAsSetting(name);
    }
    return put(name, value);
  }

  private static void requireSettable(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new UsageException(
          Problem.what("'" + Problem.excerpt(name) + "' is not the name of a server setting")
              .where("Session.withSetting")
              .why("names are lower case words with at most one dot")
              .fix("pass a name such as hnsw.ef_search"));
    }
    if (name.equals(TenantId.SETTING)) {
      throw tenantAsSetting(name);
    }
  }

  private static UsageException tenantAsSetting(String name) {
    return new UsageException(
        Problem.what("the setting " + name + " is the tenant of the session")
            .where("Session.withSetting")
            .why("a session would see the rows of another tenant than it says")
            .fix("ask TenantDatabase.as for a session of that tenant"));
  }

  private Settings put(String name, @Nullable String value) {
    int index = names.indexOf(name);
    @Nullable String[] more = Arrays.copyOf(values, index < 0 ? values.length + 1 : values.length);
    more[index < 0 ? values.length : index] = value;
    return new Settings(index < 0 ? names.and(name) : names, more);
  }

  /** These settings after the others were applied on top. */
  Settings plus(Settings changes) {
    if (isEmpty() || names == changes.names) {
      return changes;
    }
    Settings result = this;
    for (int i = 0; i < changes.size(); i++) {
      result = result.put(changes.names.all[i], changes.values[i]);
    }
    return result;
  }

  /**
   * What must be set to get from these settings to the wanted ones: nothing, or all that are
   * wanted, so that few different texts are ever sent, and what must be taken back.
   */
  Settings changesTo(Settings wanted) {
    if (this == wanted || (holds(wanted) && wanted.holdsNamesOf(this))) {
      return NONE;
    }
    Settings changes = wanted;
    for (int i = 0; i < size(); i++) {
      if (values[i] != null && wanted.names.indexOf(names.all[i]) < 0) {
        changes = changes.put(names.all[i], null);
      }
    }
    return changes;
  }

  /** The same names, of which nobody knows what the server has for them. */
  Settings unknown() {
    @Nullable String[] unknown = new String[values.length];
    Arrays.fill(unknown, UNKNOWN);
    return new Settings(names, unknown);
  }

  private boolean holds(Settings wanted) {
    for (int i = 0; i < wanted.size(); i++) {
      int index = names.indexOf(wanted.names.all[i]);
      String value = wanted.values[i];
      if (index < 0 || value == null || !value.equals(values[index])) {
        return false;
      }
    }
    return true;
  }

  private boolean holdsNamesOf(Settings applied) {
    for (int i = 0; i < applied.size(); i++) {
      if (applied.values[i] != null && names.indexOf(applied.names.all[i]) < 0) {
        return false;
      }
    }
    return true;
  }

  boolean holdTenant() {
    return names.indexOf(TenantId.SETTING) >= 0;
  }

  boolean isEmpty() {
    return values.length == 0;
  }

  int size() {
    return values.length;
  }

  /** The statement that sets everything, ended by a semicolon. */
  String sql() {
    return names.sql;
  }

  /** What was sent as a unit of work with settings of these names. */
  FramedTexts unitTexts() {
    return names.unitTexts;
  }

  void bind(PreparedStatement statement) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setString(i + 1, values[i]);
    }
  }

  /** The names of settings in their order, with the text that they make. */
  private static final class Names {

    final String[] all;
    final String sql;
    final FramedTexts unitTexts = new FramedTexts();
    private final boolean onlyActive;
    private volatile @Nullable Names longer;

    Names(String[] all, boolean onlyActive) {
      this.all = all;
      this.onlyActive = onlyActive;
      this.sql =
          Arrays.stream(all)
              .map(this::assignment)
              .collect(Collectors.joining(", ", "select ", "; "));
    }

    /** An argument is evaluated before its function, so the tenant is set when it is looked up. */
    private String assignment(String name) {
      String set = "set_config('" + name + "', ?, true)";
      return onlyActive && name.equals(TenantId.SETTING) ? "tenon.admitted(" + set + ")" : set;
    }

    int indexOf(String name) {
      for (int i = 0; i < all.length; i++) {
        if (all[i].equals(name)) {
          return i;
        }
      }
      return -1;
    }

    /** Whether the name was found fit before: sessions of one kind add the same names each time. */
    boolean knows(String name) {
      Names known = longer;
      return indexOf(name) >= 0 || (known != null && known.all[all.length].equals(name));
    }

    Names and(String name) {
      Names known = longer;
      if (known != null && known.all[all.length].equals(name)) {
        return known;
      }
      String[] more = Arrays.copyOf(all, all.length + 1);
      more[all.length] = name;
      Names made = new Names(more, onlyActive);
      longer = made;
      return made;
    }
  }
}
