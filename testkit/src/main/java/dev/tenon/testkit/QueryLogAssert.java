package dev.tenon.testkit;

import dev.tenon.testkit.QueryLog.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.AbstractAssert;

/**
 * Assertions about what was sent to the server. A failure shows every statement with the number of
 * its round trip.
 */
public final class QueryLogAssert extends AbstractAssert<QueryLogAssert, QueryLog> {

  QueryLogAssert(QueryLog log) {
    super(log, QueryLogAssert.class);
  }

  /** Exactly so many SELECT statements, those that carry settings left out. */
  public QueryLogAssert hasSelects(int count) {
    return hasCount(Kind.SELECT, count);
  }

  /** Exactly so many INSERT statements. */
  public QueryLogAssert hasInserts(int count) {
    return hasCount(Kind.INSERT, count);
  }

  /** Exactly so many UPDATE statements. */
  public QueryLogAssert hasUpdates(int count) {
    return hasCount(Kind.UPDATE, count);
  }

  /** Exactly so many DELETE statements. */
  public QueryLogAssert hasDeletes(int count) {
    return hasCount(Kind.DELETE, count);
  }

  /** Exactly so many statements of a kind. */
  public QueryLogAssert hasCount(Kind kind, int count) {
    isNotNull();
    int found = actual.count(kind);
    if (found != count) {
      failWithMessage(
          "%nExpected %d of kind %s, but there were %d:%n%s", count, kind, found, actual);
    }
    return this;
  }

  /** Exactly so many round trips. */
  public QueryLogAssert hasRoundTrips(int count) {
    isNotNull();
    int found = actual.roundTrips();
    if (found != count) {
      failWithMessage("%nExpected %d round trips, but there were %d:%n%s", count, found, actual);
    }
    return this;
  }

  /** No two round trips with the same statement, whatever its values: no query in a loop. */
  public QueryLogAssert hasNoRepeatedShape() {
    isNotNull();
    Map<String, Integer> repeated = actual.repeatedShapes();
    if (!repeated.isEmpty()) {
      failWithMessage(
          "%nExpected no statement to be sent again and again, but these were, so many times:%n"
              + "%s%n%s. All that was sent:%n%s",
          repeated, advice(repeated.keySet()), actual);
    }
    return this;
  }

  private String advice(Set<String> shapes) {
    List<String> advice = new ArrayList<>();
    Set<Boolean> writes = new HashSet<>();
    actual.queries().stream()
        .filter(query -> shapes.contains(query.shape()))
        .forEach(query -> writes.add(query.kind() != Kind.SELECT));
    if (writes.contains(false)) {
      advice.add("Ask for all rows at once, with a join or \"= any(?)\"");
    }
    if (writes.contains(true)) {
      advice.add("Write all rows at once, with a batch or \"select … from unnest(?)\"");
    }
    return String.join(". ", advice);
  }
}
