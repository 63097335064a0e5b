package dev.tenon.testkit.isolation;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A function, aggregate or procedure that the application may call.
 *
 * @param label name and types, as PostgreSQL writes them
 * @param name with its schema, quoted
 * @param kind as in {@code pg_proc.prokind}, or {@code o} for an ordered-set aggregate
 * @param parameters in the order in which a call gives them
 */
record Routine(String label, String name, char kind, List<Parameter> parameters) {

  /** A parameter; a procedure's call has a place for those that only come back. */
  record Parameter(String type, boolean comesBackOnly, boolean variadic, boolean optional) {

    private String place() {
      return (variadic ? "variadic " : "") + "?::" + type;
    }
  }

  /** What a call of it is named in a leak. */
  String attack() {
    return switch (kind) {
      case 'p' -> "call the procedure";
      case 'a' -> "call the aggregate";
      default -> "call the function";
    };
  }

  boolean callable() {
    return kind != 'o'
        && parameters.stream().noneMatch(parameter -> parameter.type.startsWith("any"));
  }

  /** With the first of its parameters only; the others have defaults. */
  String call(int given) {
    return switch (kind) {
      case 'p' -> "call %s(%s)".formatted(name, places(given));
      case 'a' -> overRows(given, "%1$s from %2$s union all select %1$s over (%3$s) from %2$s");
      case 'w' -> overRows(given, "%1$s over (%3$s) from %2$s");
      default -> "select t::text from %s(%s) t".formatted(name, places(given));
    };
  }

  /** The same with its values in its text, where PostgreSQL may answer once for all. */
  String callWith(List<? extends @Nullable Object> values) {
    String sql = call(values.size());
    StringBuilder text = new StringBuilder();
    int place = 0;
    for (Object value : values) {
      int next = sql.indexOf("?::", place);
      text.append(sql, place, next)
          .append(value == null ? "null" : TargetTable.literal(value.toString()));
      place = next + 1;
    }
    return text.append(sql.substring(place)).toString();
  }

  private String places(int given) {
    return parameters.subList(0, given).stream()
        .map(Parameter::place)
        .collect(Collectors.joining(", "));
  }

  /** Over two rows, because the first may become the state unseen; and over a frame that moves. */
  private String overRows(int given, String select) {
    List<String> columns = new ArrayList<>();
    List<String> passed = new ArrayList<>();
    for (int i = 0; i < given; i++) {
      columns.add("?::%s as p%d".formatted(parameters.get(i).type, i));
      passed.add((parameters.get(i).variadic ? "variadic p" : "p") + i);
    }
    String call = name + "(" + (given == 0 && kind == 'a' ? "*" : String.join(", ", passed)) + ")";
    String rows = "generate_series(1, 2) n" + (given == 0 ? "" : ", given");
    return (given == 0 ? "" : "with given as (select " + String.join(", ", columns) + ") ")
        + "select t::text from (select "
        + select.formatted(call, rows, "order by n rows between current row and current row")
        + ") t";
  }

  /** How many parameters a call may give. */
  List<Integer> arities() {
    List<Integer> arities = new ArrayList<>(List.of(parameters.size()));
    for (int i = parameters.size() - 1; i >= 0 && parameters.get(i).optional; i--) {
      arities.add(i);
    }
    return arities;
  }

  static List<Routine> read(Connection superuser, String application) throws SQLException {
    List<Routine> routines = new ArrayList<>();
    try (PreparedStatement statement =
        superuser.prepareStatement(
            """
            select p.oid::regprocedure::text, format('%I.%I', n.nspname, p.proname),
                   case when exists (select from pg_catalog.pg_aggregate g
                                      where g.aggfnoid = p.oid and g.aggkind <> 'n')
                        then 'o' else p.prokind::text end,
                   array(select format_type(a.type, null)
                           from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]))
                                  with ordinality a (type, place)
                          where coalesce(p.proargmodes[a.place], 'i') <> 't'
                            and (p.prokind = 'p' or coalesce(p.proargmodes[a.place], 'i') <> 'o')
                          order by a.place),
                   array(select coalesce(p.proargmodes[a.place], 'i')::text
                           from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]))
                                  with ordinality a (type, place)
                          where coalesce(p.proargmodes[a.place], 'i') <> 't'
                            and (p.prokind = 'p' or coalesce(p.proargmodes[a.place], 'i') <> 'o')
                          order by a.place),
                   p.pronargdefaults
              from pg_catalog.pg_proc p
              join pg_catalog.pg_namespace n on n.oid = p.pronamespace
             where p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
               and n.nspname !~ '^(pg_|_timescaledb_)'
               and n.nspname not in ('information_schema', 'tenon')
               and pg_catalog.has_schema_privilege(?, n.oid, 'USAGE')
               and pg_catalog.has_function_privilege(?, p.oid, 'EXECUTE')
               and not exists (select from pg_catalog.pg_depend d
                                where d.classid = 'pg_catalog.pg_proc'::regclass
                                  and d.objid = p.oid and d.deptype = 'e')
             order by 1
            """)) {
      statement.setString(1, application);
      statement.setString(2, application);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          routines.add(
              new Routine(
                  rows.getString(1),
                  rows.getString(2),
                  rows.getString(3).charAt(0),
                  parameters(texts(rows, 4), texts(rows, 5), rows.getInt(6))));
        }
      }
    }
    return routines;
  }

  private static List<Parameter> parameters(
      List<String> types, List<String> modes, int countOfDefaults) {
    long inputs = modes.stream().filter(mode -> !mode.equals("o")).count();
    List<Parameter> parameters = new ArrayList<>();
    int input = 0;
    for (int i = 0; i < types.size(); i++) {
      boolean comesBackOnly = modes.get(i).equals("o");
      input += comesBackOnly ? 0 : 1;
      parameters.add(
          new Parameter(
              types.get(i),
              comesBackOnly,
              modes.get(i).equals("v"),
              !comesBackOnly && input > inputs - countOfDefaults));
    }
    return List.copyOf(parameters);
  }

  private static List<String> texts(ResultSet row, int column) throws SQLException {
    return Arrays.asList((String[]) row.getArray(column).getArray());
  }
}
