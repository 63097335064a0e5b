package dev.tenon.testkit.isolation;

import dev.tenon.testkit.isolation.Impersonation.Answer;
import dev.tenon.testkit.isolation.Impersonation.TargetsDigest;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Rows of a tenant's own that are deleted, or whose keys change, while rows of other tables follow
 * them: PostgreSQL does that as the owner, whom no policy binds in it, and what triggers do there
 * they do to the rows of all tenants.
 */
record CascadeAttacks(
    Impersonation impersonation, Targets targets, TargetTable table, Rows rows, Verdict verdict) {

  void run() throws SQLException {
    if (rows.of(table).mine() == null || rows.of(table).theirs() == null) {
      return;
    }
    if (followers().stream().anyMatch(Cascade::followsDelete)) {
      impersonation.without(
          obstacles(fallen(), Cascade::followsDelete),
          impersonation.self(),
          () ->
              changesOnlyItsOwn(
                  "delete its own rows and what falls with them",
                  "delete from " + table.relation()));
    }
    Set<String> changed = new HashSet<>();
    for (Cascade cascade : followers()) {
      if (cascade.followsUpdate()) {
        changed.addAll(cascade.columns());
      }
    }
    changed.remove(table.tenantColumn());
    for (TargetTable.Column column : table.typed(changed)) {
      changesTheKey(column);
    }
  }

  private void changesTheKey(TargetTable.Column column) throws SQLException {
    Optional<String> other = other(column);
    if (other.isPresent()) {
      impersonation.without(
          obstacles(Set.of(table.base()), Cascade::followsUpdate),
          impersonation.self(),
          () ->
              changesOnlyItsOwn(
                  "change the key " + column.name() + " of its own rows",
                  "update %s set %s = %s"
                      .formatted(
                          table.relation(), TargetTable.quoted(column.name()), other.get())));
    }
  }

  /** Another value for each value, and the same one each time. */
  private static Optional<String> other(TargetTable.Column column) {
    String name = TargetTable.quoted(column.name());
    return switch (column.type()) {
      case "uuid" -> Optional.of("md5(" + name + "::text)::uuid");
      case "text", "character varying", "citext" -> Optional.of("md5(" + name + "::text)");
      case "smallint", "integer", "bigint", "numeric" -> Optional.of(name + " + 10000");
      case "date" -> Optional.of(name + " + 1");
      case "timestamp with time zone", "timestamp without time zone" ->
          Optional.of(name + " + interval '1 microsecond'");
      default -> Optional.empty();
    };
  }

  private List<Cascade> followers() {
    return targets.cascades().stream()
        .filter(cascade -> cascade.target().equals(table.base()))
        .toList();
  }

  /** The tables whose rows are deleted with those of this one. */
  private Set<String> fallen() {
    Set<String> fallen = new HashSet<>(Set.of(table.base()));
    boolean grows = true;
    while (grows) {
      grows =
          targets.cascades().stream()
              .filter(cascade -> cascade.falls() && fallen.contains(cascade.target()))
              .anyMatch(cascade -> fallen.add(cascade.table()));
    }
    return fallen;
  }

  /** Whose rows would hold those that they refer to. */
  private List<TargetTable> obstacles(Set<String> changed, Predicate<Cascade> follows) {
    Set<String> holding = new HashSet<>();
    for (Cascade cascade : targets.cascades()) {
      if (changed.contains(cascade.target())
          && !changed.contains(cascade.table())
          && !follows.test(cascade)) {
        holding.add(cascade.table());
      }
    }
    return targets.tables().stream().filter(other -> holding.contains(other.base())).toList();
  }

  private void changesOnlyItsOwn(String attack, String sql) throws SQLException {
    TargetsDigest digest = TargetsDigest.of(targets.tables());
    Set<String> before = new HashSet<>(impersonation.ownRows(targets.tables()));
    Answer first = impersonation.write(digest, targets.tables(), sql);
    Answer again = impersonation.write(digest, targets.tables(), sql);
    if (first.touched()) {
      report(attack, "changes rows of the other");
    }
    first.rows().stream()
        .filter(row -> !before.contains(row))
        .flatMap(row -> rows.marksIn(row).stream())
        .findFirst()
        .ifPresent(mark -> report(attack, "shows the other's value " + mark));
    impersonation.without(
        targets.tables(),
        impersonation.other(),
        () -> {
          Answer without = impersonation.write(digest, targets.tables(), sql);
          if (first.isSameAs(again) && !first.isSameAs(without)) {
            report(attack, "writes otherwise when the other's rows are gone");
          }
        });
    saysWhatDidNotFollow(first);
  }

  private void saysWhatDidNotFollow(Answer answer) throws SQLException {
    for (Cascade cascade : followers()) {
      if (cascade.hasCode() && (cascade.followsDelete() || cascade.followsUpdate())) {
        if (!(answer.outcome() instanceof Outcome.Done)) {
          unproved(cascade, answer.rows().toString());
        } else if (!impersonation.hasFollowers(table, cascade)) {
          unproved(cascade, "no row refers by it");
        }
      }
    }
  }

  private void unproved(Cascade cascade, String why) {
    verdict
        .unproved()
        .add("%s: what runs under %s: %s".formatted(cascade.table(), cascade.name(), why));
  }

  private void report(String attack, String what) {
    verdict.leaks().add(new Leak(table.relation(), attack, Impersonation.CONDITION, what));
  }
}
