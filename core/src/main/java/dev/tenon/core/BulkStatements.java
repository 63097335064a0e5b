package dev.tenon.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.QueryPart;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * The SQL for many rows of a repository, each with one array for each column.
 *
 * <p>An array is bound as one text and cast, so that the driver neither parses it nor asks for its
 * type. A table function joins its table by a nested loop over the key's index, whatever number of
 * elements the planner guesses. Rows are locked in the order of the arrays, which the caller sorts.
 */
record BulkStatements(RowTable<?, ?> table) {

  private static final DSLContext RENDER = DSL.using(SQLDialect.POSTGRES);

  static BulkStatements of(RowTable<?, ?> table) {
    return new BulkStatements(table);
  }

  /** Parameters: the identifiers, the tenant. */
  String findAll(List<Field<?>> selected) {
    return """
        select %s
          from %s as asked(c%d, place)
          join %s as t on %s
         order by asked.place
        """
        .formatted(
            columns("t.", selected),
            arrays(new int[] {table.id()}) + " with ordinality",
            table.id(),
            name(),
            key("asked", "t"));
  }

  /**
   * Parameters: the identifiers, the tenant; selects the place of each, from 1, and its version.
   */
  String lockAll() {
    Field<?> version = table.roles().version();
    return """
        select asked.place, %s
          from %s with ordinality as asked(c%d, place)
          join %s as t on %s
         order by asked.place
           for update of t
        """
        .formatted(
            version == null ? "0" : "t." + quoted(version),
            arrays(new int[] {table.id()}),
            table.id(),
            name(),
            key("asked", "t"));
  }

  /** Parameters: the tenant, an array for each given component. */
  String insertAll() {
    int[] given = table.roles().given(table.rows());
    return """
        insert into %s (%s)
        select %s
          from %s as given(%s)
        """
        .formatted(
            name(), writtenColumns(given), writtenValues(given), arrays(given), aliases(given));
  }

  /**
   * Parameters as those of {@link #insertAll}; the rows are written, and so returned, in the order
   * of the arrays.
   */
  String insertAllReturning() {
    return insertInOrder() + "returning " + columns("", table.rows().fields());
  }

  private String insertInOrder() {
    int[] given = table.roles().given(table.rows());
    return """
        insert into %s as t (%s)
        select %s
          from %s with ordinality as given(%s, place)
         order by given.place
        """
        .formatted(
            name(), writtenColumns(given), writtenValues(given), arrays(given), aliases(given));
  }

  /** The columns that COPY is given, with those that the server would have filled in last. */
  String copy() {
    int[] given = table.roles().given(table.rows());
    List<Field<?>> columns = new ArrayList<>();
    IntStream.of(given).forEach(i -> columns.add(table.rows().fields().get(i)));
    columns.addAll(table.roles().stamps().values());
    return "copy " + name() + " (" + columns("", columns) + ") from stdin";
  }

  /**
   * Whether the table takes COPY from this role as it takes an insert, and what the server would
   * have filled in: COPY writes identities that are always generated, and reads a text as anything.
   */
  String copyable() {
    String given =
        IntStream.of(table.roles().given(table.rows()))
            .mapToObj(
                i ->
                    "(%s::name, %s::regtype)"
                        .formatted(
                            literal(table.rows().fields().get(i).getName()),
                            literal(table.rows().sqlType(i))))
            .collect(Collectors.joining(", "));
    String stamps =
        table.roles().stamps().entrySet().stream()
            .map(
                stamp ->
                    ", cast(" + RowRoles.stampSql(stamp.getKey(), stamp.getValue()) + " as text)")
            .collect(Collectors.joining());
    return """
        select c.relkind in ('r', 'p') and not c.relhasrules and not row_security_active(c.oid)
               and not exists (
                   select from (values %s) as given (name, type)
                     join pg_type sent on sent.oid = given.type
                     join pg_attribute a on a.attrelid = c.oid and a.attname = given.name
                     join pg_type kept on kept.oid = a.atttypid
                    where a.attidentity = 'a' or sent.typcategory <> kept.typcategory)%s
          from pg_class c
         where c.oid = to_regclass(?)
        """
        .formatted(given, stamps);
  }

  /** Parameters: the tenant, an array for each given component. */
  String upsertAll(Set<String> unique) {
    RowRoles<?> roles = table.roles();
    Set<String> key = unique.isEmpty() ? Set.of(roles.id().getName()) : unique;
    String target =
        (roles.tenant() == null ? "" : quoted(roles.tenant()) + ", ")
            + key.stream()
                .map(column -> RENDER.render(DSL.name(column)))
                .collect(Collectors.joining(", "));
    List<String> changes = new ArrayList<>();
    for (int component : roles.changed(table.rows())) {
      Field<?> column = table.rows().fields().get(component);
      if (!key.contains(column.getName())) {
        changes.add(quoted(column) + " = excluded." + quoted(column));
      }
    }
    changes.addAll(changesOfEach("t."));
    return insertInOrder()
        + "on conflict (%s)%s do %s"
            .formatted(
                target,
                unique.isEmpty() || roles.deletedAt() == null
                    ? ""
                    : " where " + quoted(roles.deletedAt()) + " is null",
                "update set "
                    + set(changes)
                    + (roles.deletedAt() == null
                        ? ""
                        : " where t." + quoted(roles.deletedAt()) + " is null"));
  }

  /** Parameters: an array for the identifier and each changed component, the tenant. */
  String updateAll() {
    int[] sent = updated();
    List<String> changes = new ArrayList<>();
    for (int component : table.roles().changed(table.rows())) {
      changes.add(quoted(table.rows().fields().get(component)) + " = " + value(component));
    }
    changes.addAll(changesOfEach("t."));
    return """
        update %s as t
           set %s
          from %s as given(%s)
         where %s
        """
        .formatted(name(), set(changes), arrays(sent), aliases(sent), key("given", "t"));
  }

  /** The identifier and the components that an update changes. */
  int[] updated() {
    return IntStream.concat(
            IntStream.of(table.id()), IntStream.of(table.roles().changed(table.rows())))
        .toArray();
  }

  /**
   * Parameters: the identifiers, the tenant, the tenant again. A row that has appeared since the
   * others were locked is taken if nobody holds it: to wait for it would break the order of locks.
   */
  String deleteAll() {
    int[] id = {table.id()};
    RowRoles<?> roles = table.roles();
    Field<?> deletedAt = roles.deletedAt();
    String free =
        """
        with free as (
          select t.%1$s as id from %2$s as t, %3$s as given(%4$s) where %5$s
             for update of t skip locked)
        """
            .formatted(quoted(roles.id()), name(), arrays(id), aliases(id), key("given", "t"));
    String key =
        "t.%s = free.id".formatted(quoted(roles.id()))
            + (roles.tenant() == null ? "" : " and t." + quoted(roles.tenant()) + " = ?");
    if (deletedAt == null) {
      return free + "delete from %s as t using free where %s".formatted(name(), key);
    }
    List<String> changes = new ArrayList<>(List.of(quoted(deletedAt) + " = now()"));
    changes.addAll(changesOfEach("t."));
    return free
        + "update %s as t set %s from free where %s"
            .formatted(name(), String.join(", ", changes), key);
  }

  /**
   * Parameters: the tenant, the grace in seconds, identifiers to leave out, how many; selects
   * identifiers.
   */
  String purgeable(Field<?> deletedAt) {
    RowRoles<?> roles = table.roles();
    return """
        select t.%s
          from %s as t
         where %s t.%s <= now() - make_interval(secs => ?)
           and not exists (select from %s as kept(c%d) where t.%s = %s)
         order by t.%s
         limit ?
           for update skip locked
        """
        .formatted(
            quoted(roles.id()),
            name(),
            roles.tenant() == null ? "" : "t." + quoted(roles.tenant()) + " = ? and",
            quoted(deletedAt),
            arrays(new int[] {table.id()}),
            table.id(),
            quoted(roles.id()),
            table.rows().codec(table.id()).element("kept.c" + table.id()),
            quoted(deletedAt));
  }

  /** Parameters: the identifiers, the tenant; whatever state the rows are in. */
  String remove() {
    int[] id = {table.id()};
    return """
        delete from %s as t
         using %s as given(%s)
         where %s
        """
        .formatted(name(), arrays(id), aliases(id), anyKey("given", "t"));
  }

  /** A row of nothing but its key is written as it is. */
  private String set(List<String> changes) {
    if (!changes.isEmpty()) {
      return String.join(", ", changes);
    }
    String unchanged = quoted(table.roles().unchanged(table.rows()));
    return unchanged + " = t." + unchanged;
  }

  String uniqueSql() {
    RowRoles<?> roles = table.roles();
    return roles.uniques().stream()
        .map(
            key ->
                "create unique index on %s (%s%s)%s;\n"
                    .formatted(
                        name(),
                        roles.tenant() == null ? "" : quoted(roles.tenant()) + ", ",
                        key.stream()
                            .map(column -> RENDER.render(DSL.name(column)))
                            .collect(Collectors.joining(", ")),
                        roles.deletedAt() == null
                            ? ""
                            : " where " + quoted(roles.deletedAt()) + " is null"))
        .collect(Collectors.joining());
  }

  private List<String> changesOfEach(String row) {
    List<String> changes = new ArrayList<>();
    Field<?> version = table.roles().version();
    if (version != null) {
      changes.add(
          "%1$s = cast(%2$s%1$s + 1 as %3$s)"
              .formatted(quoted(version), row, table.rows().sqlType(table.version())));
    }
    table
        .roles()
        .stamps()
        .forEach(
            (stamp, column) -> {
              if (stamp.onChange()) {
                changes.add(quoted(column) + " = " + RowRoles.stampSql(stamp, column));
              }
            });
    return changes;
  }

  private String key(String arrays, String row) {
    Field<?> deletedAt = table.roles().deletedAt();
    return anyKey(arrays, row)
        + (deletedAt == null ? "" : " and " + row + "." + quoted(deletedAt) + " is null");
  }

  private String anyKey(String arrays, String row) {
    RowRoles<?> roles = table.roles();
    String given = table.rows().codec(table.id()).element(arrays + ".c" + table.id());
    return "%s.%s = %s".formatted(row, quoted(roles.id()), given)
        + (roles.tenant() == null ? "" : " and " + row + "." + quoted(roles.tenant()) + " = ?");
  }

  private String writtenColumns(int[] given) {
    List<Field<?>> columns = new ArrayList<>();
    IntStream.of(given).forEach(i -> columns.add(table.rows().fields().get(i)));
    columns.addAll(table.roles().stamps().values());
    return (table.roles().tenant() == null ? "" : quoted(table.roles().tenant()) + ", ")
        + columns("", columns);
  }

  private String writtenValues(int[] given) {
    List<String> values = new ArrayList<>();
    if (table.roles().tenant() != null) {
      values.add("?");
    }
    IntStream.of(given).forEach(i -> values.add(value(i)));
    table.roles().stamps().forEach((stamp, column) -> values.add(RowRoles.stampSql(stamp, column)));
    return String.join(", ", values);
  }

  private String value(int component) {
    return table.rows().codec(component).element("given.c" + component);
  }

  private String arrays(int[] components) {
    return IntStream.of(components)
        .mapToObj(table.rows()::codec)
        .map(codec -> "cast(cast(? as text) as " + codec.elementType() + "[])")
        .collect(Collectors.joining(", ", "unnest(", ")"));
  }

  private static String aliases(int[] components) {
    return Arrays.stream(components).mapToObj(i -> "c" + i).collect(Collectors.joining(", "));
  }

  private static String columns(String prefix, List<Field<?>> columns) {
    return columns.stream()
        .map(column -> prefix + quoted(column))
        .collect(Collectors.joining(", "));
  }

  private static String literal(String text) {
    return RENDER.render(DSL.inline(text));
  }

  private String name() {
    return rendered(table.table());
  }

  static String rendered(QueryPart part) {
    return RENDER.render(part);
  }

  private static String quoted(Field<?> column) {
    Name name = column.getUnqualifiedName();
    return RENDER.render(name);
  }
}
