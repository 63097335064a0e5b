package dev.tenon.testkit.isolation;

import dev.tenon.core.TenantId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an attacker gives as arguments: what the other tenant has of that type, and null.
 *
 * @param byType values of the other's rows
 */
record Arguments(Map<String, Set<String>> byType) {

  private static final int MOST_OF_A_TYPE = 8;
  private static final int MOST_CALLS = 48;
  private static final long SEED = 7;

  private static final Map<String, List<String>> USUAL =
      Map.of(
          "text", List.of("%"),
          "numeric", List.of("1", "0"),
          "boolean", List.of("true", "false"),
          "date", List.of("2026-05-05"),
          "timestamp with time zone", List.of("2026-05-05"),
          "timestamp without time zone", List.of("2026-05-05"),
          "interval", List.of("1 day"),
          "json", List.of("{}"),
          "jsonb", List.of("{}"),
          "bytea", List.of(""));

  static Arguments read(Connection superuser, List<TargetTable> tables, TenantId other)
      throws SQLException {
    Map<String, Set<String>> byType = new LinkedHashMap<>();
    byType.computeIfAbsent("uuid", type -> new LinkedHashSet<>()).add(other.toString());
    byType.computeIfAbsent("text", type -> new LinkedHashSet<>()).add(other.toString());
    for (TargetTable table : tables) {
      read(superuser, table, other, byType);
    }
    USUAL.forEach(
        (type, values) ->
            byType.computeIfAbsent(type, missing -> new LinkedHashSet<>()).addAll(values));
    return new Arguments(byType);
  }

  private static void read(
      Connection superuser, TargetTable table, TenantId other, Map<String, Set<String>> byType)
      throws SQLException {
    try (PreparedStatement statement =
        superuser.prepareStatement(
            """
            select distinct format_type(a.atttypid, null), v.value
              from (select * from %1$s where %2$s = ? limit 5) t
             cross join lateral jsonb_each_text(to_jsonb(t)) v
              join pg_catalog.pg_attribute a on a.attrelid = %3$s::regclass and a.attname = v.key
             where length(v.value) < 1000
             order by 1, 2
            """
                .formatted(table.base(), table.tenant(), TargetTable.literal(table.base())))) {
      statement.setObject(1, other.value());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          Set<String> values =
              byType.computeIfAbsent(family(rows.getString(1)), type -> new LinkedHashSet<>());
          if (values.size() < MOST_OF_A_TYPE) {
            values.add(rows.getString(2));
          }
        }
      }
    }
  }

  /** Whether a value other than null is known for each parameter. */
  boolean knows(Routine routine) {
    return routine.parameters().stream()
        .allMatch(parameter -> parameter.comesBackOnly() || values(parameter.type()).size() > 1);
  }

  /** Calls with these parameters: all combinations, or as many of them as can be waited for. */
  List<List<@Nullable String>> combinations(List<Routine.Parameter> parameters) {
    List<List<@Nullable String>> choices = new ArrayList<>();
    long product = 1;
    for (Routine.Parameter parameter : parameters) {
      List<@Nullable String> values =
          parameter.comesBackOnly() ? Collections.singletonList(null) : values(parameter.type());
      choices.add(values);
      product = Math.min(product * values.size(), Integer.MAX_VALUE);
    }
    Random random = new Random(SEED);
    Set<List<@Nullable String>> combinations = new LinkedHashSet<>();
    for (long i = 0; i < Math.min(product, MOST_CALLS); i++) {
      long rest = product <= MOST_CALLS ? i : random.nextLong(product);
      List<@Nullable String> combination = new ArrayList<>();
      for (List<@Nullable String> values : choices) {
        combination.add(values.get((int) (rest % values.size())));
        rest /= values.size();
      }
      combinations.add(combination);
    }
    return List.copyOf(combinations);
  }

  private List<@Nullable String> values(String type) {
    List<@Nullable String> values = new ArrayList<>();
    if (type.endsWith("[]")) {
      for (String value :
          byType.getOrDefault(family(type.substring(0, type.length() - 2)), Set.of())) {
        values.add("{\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"}");
      }
    } else {
      values.addAll(byType.getOrDefault(family(type), Set.of()));
    }
    values.add(null);
    return values;
  }

  private static String family(String type) {
    return switch (type) {
      case "character varying", "character", "name", "citext" -> "text";
      case "smallint", "integer", "bigint", "real", "double precision" -> "numeric";
      default -> type;
    };
  }
}
