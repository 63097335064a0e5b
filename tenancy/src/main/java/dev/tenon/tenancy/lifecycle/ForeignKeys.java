package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What the foreign keys between tables say of the order in which these are filled and emptied.
 *
 * <p>Tables whose keys go round in a circle are filled or emptied in one transaction, in which keys
 * that are deferrable wait.
 */
final class ForeignKeys {

  /**
   * A key of one table to another one.
   *
   * @param onDelete as in {@code pg_constraint.confdeltype}
   * @param deferrableWithoutAction the same key with no action on a delete, as SQL
   */
  private record Key(
      long table,
      long target,
      String tableName,
      String name,
      boolean deferrable,
      String onDelete,
      String deferrableWithoutAction) {

    boolean bindsFilling() {
      return !deferrable;
    }

    /** Actions never wait; a cascade needs no order, the others would change what is deleted. */
    boolean bindsEmptying() {
      return onDelete.equals("a") ? !deferrable : !onDelete.equals("c");
    }

    String mended() {
      return onDelete.equals("a") || onDelete.equals("c")
          ? "alter table %s alter constraint %s deferrable".formatted(tableName, name)
          : "alter table %1$s drop constraint %2$s, add constraint %2$s %3$s"
              .formatted(tableName, name, deferrableWithoutAction);
    }
  }

  private final Map<Long, OwnedTable> tables;
  private final List<Key> keys;
  private final Map<Long, List<Key>> byTable;
  private final Map<Long, Set<Long>> reached;

  private ForeignKeys(Map<Long, OwnedTable> tables, List<Key> keys) {
    this.tables = tables;
    this.keys = keys;
    this.byTable = keys.stream().collect(Collectors.groupingBy(Key::table));
    this.reached =
        tables.keySet().stream().collect(Collectors.toMap(Function.identity(), this::reachedFrom));
  }

  /** Those between these tables, by their numbers in the catalogue; their order decides a tie. */
  static ForeignKeys between(Connection connection, Map<Long, OwnedTable> tables)
      throws SQLException {
    List<Key> keys = new ArrayList<>();
    try (PreparedStatement statement =
            connection.prepareStatement(
                """
                select conrelid, confrelid, conrelid::regclass::text, quote_ident(conname),
                       condeferrable, confdeltype,
                       regexp_replace(
                         pg_catalog.pg_get_constraintdef(oid),
                         ' ON DELETE (RESTRICT|CASCADE|SET (NULL|DEFAULT)( \\([^)]*\\))?)'
                           || '| DEFERRABLE| INITIALLY DEFERRED| NOT VALID',
                         '', 'g') || ' deferrable'
                  from pg_catalog.pg_constraint
                 where contype = 'f' and conparentid = 0 and conrelid <> confrelid
                 order by 3, 4
                """);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        Key key =
            new Key(
                rows.getLong(1),
                rows.getLong(2),
                rows.getString(3),
                rows.getString(4),
                rows.getBoolean(5),
                rows.getString(6),
                rows.getString(7));
        if (tables.containsKey(key.table()) && tables.containsKey(key.target())) {
          keys.add(key);
        }
      }
    }
    return new ForeignKeys(tables, keys);
  }

  /** Each table behind those that it refers to, in a circle as far as that goes. */
  List<OwnedTable> parentsFirst() {
    return circles().stream().flatMap(List::stream).map(this::table).toList();
  }

  /**
   * The order for one transaction in which every key waits that can.
   *
   * @throws ServerException if there is none
   */
  List<OwnedTable> fillable() {
    return circles().stream()
        .flatMap(circle -> ordered(circle, Key::bindsFilling, "filled").stream())
        .map(this::table)
        .toList();
  }

  /**
   * What can be emptied in a transaction of its own, children first.
   *
   * @throws ServerException if there is no such order
   */
  List<List<OwnedTable>> erasable() {
    List<List<OwnedTable>> groups = new ArrayList<>();
    for (List<Long> circle : circles()) {
      List<Long> group = new ArrayList<>(ordered(circle, Key::bindsEmptying, "emptied"));
      Collections.reverse(group);
      groups.add(group.stream().map(this::table).toList());
    }
    Collections.reverse(groups);
    return groups;
  }

  /** The tables in circles, most of them of one table, each behind those that it refers to. */
  private List<List<Long>> circles() {
    Map<Long, List<Long>> circles = new LinkedHashMap<>();
    Set<Long> seen = new LinkedHashSet<>();
    tables.keySet().forEach(table -> collect(table, seen, circles));
    return List.copyOf(circles.values());
  }

  private void collect(long table, Set<Long> seen, Map<Long, List<Long>> circles) {
    if (seen.contains(table)) {
      return;
    }
    List<Long> circle =
        tables.keySet().stream()
            .filter(other -> other == table || (reaches(table, other) && reaches(other, table)))
            .toList();
    seen.addAll(circle);
    for (Key key : keys) {
      if (circle.contains(key.table())) {
        collect(key.target(), seen, circles);
      }
    }
    circles.put(table, circle);
  }

  private boolean reaches(long from, long to) {
    return reached.getOrDefault(from, Set.of()).contains(to);
  }

  private Set<Long> reachedFrom(long table) {
    Set<Long> found = new LinkedHashSet<>();
    Deque<Long> open = new ArrayDeque<>(List.of(table));
    while (!open.isEmpty()) {
      for (Key key : byTable.getOrDefault(open.remove(), List.of())) {
        if (found.add(key.target())) {
          open.add(key.target());
        }
      }
    }
    return found;
  }

  /** Parents first by the keys that do not wait. */
  private List<Long> ordered(List<Long> circle, Predicate<Key> binds, String what) {
    List<Long> ordered = new ArrayList<>();
    List<Long> left = new ArrayList<>(circle);
    while (!left.isEmpty()) {
      List<Key> binding = keys.stream().filter(binds).filter(key -> isAmong(left, key)).toList();
      List<Long> free =
          left.stream()
              .filter(table -> binding.stream().noneMatch(key -> key.table() == table))
              .toList();
      if (free.isEmpty()) {
        throw endless(left, binding, what);
      }
      ordered.addAll(free);
      left.removeAll(free);
    }
    return ordered;
  }

  private static boolean isAmong(Collection<Long> tables, Key key) {
    return tables.contains(key.table()) && tables.contains(key.target());
  }

  private ServerException endless(List<Long> left, List<Key> keys, String what) {
    return new ServerException(
        Problem.what(
                "foreign keys go round in a circle: " + left.stream().map(this::table).toList())
            .where(
                keys.stream()
                    .map(key -> key.name() + " of " + key.tableName())
                    .collect(Collectors.joining(", ")))
            .why("there is no order in which these tables can be " + what + ", unless a key waits")
            .fix(
                "let one key of each circle wait for the end of the transaction, as the owner: "
                    + keys.stream().map(Key::mended).collect(Collectors.joining("; or "))
                    + "; nothing was changed"));
  }

  private OwnedTable table(long number) {
    return Objects.requireNonNull(tables.get(number));
  }
}
