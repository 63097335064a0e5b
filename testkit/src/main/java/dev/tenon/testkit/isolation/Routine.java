package dev.tenon.testkit.isolation;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A function or procedure that the application may call.
 *
 * @param label name and types, as PostgreSQL writes them
 * @param name with its schema, quoted
 * @param kind as in {@code pg_proc.prokind}
 * @param parameters in the order in which a call gives them
 */
record Routine(String label, String name, char kind, List<Parameter> parameters) {

  /** A parameter; a procedure's call has a place for those that only come back. */
  record Parameter(String type, boolean comesBackOnly, boolean variadic, boolean optional) {

    private String place() {
      return (variadic ? "variadic " : "") + "?::" + type;
    }
  }

  boolean callable() {
    return (kind == 'f' || kind == 'p')
        && parameters.stream().noneMatch(parameter -> parameter.type.startsWith("any"));
  }

  /** With the first of its parameters only; the others have defaults. */
  String call(int given) {
    String places =
        parameters.subList(0, given).stream()
            .map(Parameter::place)
            .collect(Collectors.joining(", "));
    return kind == 'p'
        ? "call %s(%s)".formatted(name, places)
        : "select t::text from %s(%s) t".formatted(name, places);
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
            select p.oid::regprocedure::text, format('%I.%I', n.nspname, p.proname), p.prokind,
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
