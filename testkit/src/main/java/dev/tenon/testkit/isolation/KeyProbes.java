package dev.tenon.testkit.isolation;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What keys would tell: a unique key without the tenant says that another tenant has a value, a
 * foreign key without it lets a row refer to another tenant's.
 */
record KeyProbes(Attacker attacker, TargetTable table, Map<String, TargetTable> byBase) {

  void run() {
    Rows.Pair rows = attacker.rows().of(table);
    if (rows.mine() == null || rows.theirs() == null) {
      return;
    }
    table.uniqueKeys().forEach(key -> hearsNothingOf(key, rows.theirs()));
    table.references().forEach(reference -> refersToNothing(reference, rows.mine()));
  }

  /** The other's row once more, as one of the attacker's own: no key may object. */
  private void hearsNothingOf(TargetTable.UniqueKey key, String theirs) {
    Outcome outcome =
        attacker.write(
            attacker.session(),
            "insert into %1$s (%2$s) select %2$s from %3$s"
                .formatted(table.relation(), table.columnList(), table.copy()),
            theirs,
            attacker.self());
    if (outcome instanceof Outcome.Refused refused && refused.sqlState().equals("23505")) {
      attacker.report(
          table.relation(),
          "insert what the other has, under " + key.name(),
          "the key tells that it exists: " + refused.message());
    }
  }

  private void refersToNothing(TargetTable.Reference reference, String mine) {
    TargetTable target = byBase.get(reference.target());
    String theirs = target == null ? null : attacker.rows().of(target).theirs();
    if (theirs == null || reference.from().isEmpty()) {
      return;
    }
    String parent =
        zip(reference.from(), reference.to()).entrySet().stream()
            .map(
                pair ->
                    " || jsonb_build_object(%s, ?::jsonb -> %s)"
                        .formatted(
                            TargetTable.literal(pair.getKey()),
                            TargetTable.literal(pair.getValue())))
            .collect(Collectors.joining());
    Object[] values = new Object[2 + reference.from().size()];
    values[0] = mine;
    values[1] = attacker.self();
    Arrays.fill(values, 2, values.length, theirs);
    String copy = table.copyWithFreshKey();
    Outcome outcome =
        attacker.write(
            attacker.session(),
            "insert into %1$s (%2$s) select %2$s from %3$s"
                .formatted(
                    table.relation(),
                    table.columnList(),
                    copy.substring(0, copy.length() - ") t".length()) + parent + ") t"),
            values);
    if (outcome instanceof Outcome.Done) {
      attacker.report(
          table.relation(),
          "refer to the other's row by " + reference.name(),
          "the foreign key does not carry the tenant");
    }
  }

  private static Map<String, String> zip(List<String> from, List<String> to) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (int i = 0; i < Math.min(from.size(), to.size()); i++) {
      pairs.put(from.get(i), to.get(i));
    }
    return pairs;
  }
}
