package dev.tenon.core.internal;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.sql.Savepoint;

/** The names of savepoints as the server keeps them. */
final class SavepointNames {

  private static final int LONGEST = 63;

  private SavepointNames() {}

  /** Of a name as it stands in SQL: in quotes, or with its Latin letters made small. */
  static String kept(String text) {
    if (text.startsWith("\"")) {
      return cut(text.substring(1, text.length() - 1).replace("\"\"", "\""));
    }
    StringBuilder name = new StringBuilder(text);
    for (int i = 0; i < name.length(); i++) {
      char letter = name.charAt(i);
      if (letter >= 'A' && letter <= 'Z') {
        name.setCharAt(i, (char) (letter + ('a' - 'A')));
      }
    }
    return cut(name.toString());
  }

  /** Of one that the driver made, which names those without a name by their number. */
  static String kept(Savepoint savepoint) throws SQLException {
    String name;
    try {
      name = savepoint.getSavepointName();
    } catch (SQLException unnamed) {
      return "jdbc_savepoint_" + savepoint.getSavepointId();
    }
    return cut(name);
  }

  /** To whole characters in as many bytes as a name may have. */
  private static String cut(String name) {
    int bytes = 0;
    int end = 0;
    while (end < name.length()) {
      int next = name.offsetByCodePoints(end, 1);
      bytes += name.substring(end, next).getBytes(StandardCharsets.UTF_8).length;
      if (bytes > LONGEST) {
        return name.substring(0, end);
      }
      end = next;
    }
    return name;
  }
}
