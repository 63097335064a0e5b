package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.vector.ModelChange.Overlap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** How far the nearest rows of two models are the same, among rows that have both embeddings. */
record ModelOverlap<O, N>(VectorRepository<O> from, VectorRepository<N> to) {

  Overlap measure(Session session, int queries, int top) {
    return new ModelChangeFaults(from.table(), to.table())
        .explaining("overlap", () -> measured(session, queries, top));
  }

  private Overlap measured(Session session, int queries, int top) {
    Condition both = present(from.table()).and(present(to.table()));
    Map<Object, VectorSearch<O>> before = from.sample(session).draw(queries, both, 0);
    Map<Object, VectorSearch<N>> after = to.sample(session).draw(queries, both, 0);
    List<Double> shared = new ArrayList<>();
    before.forEach(
        (id, search) -> {
          VectorSearch<N> beside = after.get(id);
          Set<@Nullable Object> found = nearest(from.table(), search, top);
          if (beside != null && !found.isEmpty()) {
            shared.add(shared(found, nearest(to.table(), beside, top)));
          }
        });
    double[] overlaps = shared.stream().mapToDouble(Double::doubleValue).toArray();
    if (overlaps.length == 0) {
      throw new InvalidDataException(
          Problem.what("the session sees fewer than two rows with both embeddings")
              .where(from.table().place("ModelChange.overlap"))
              .why("each of them is a query for the others")
              .fix("run the back-fill first"));
    }
    ShareInterval interval = ShareInterval.of(overlaps);
    return new Overlap(overlaps.length, interval.mean(), interval.low(), interval.high());
  }

  private static Condition present(VectorTable<?> table) {
    return DSL.field(DSL.name(table.embeddingName())).isNotNull();
  }

  private static <T> Set<@Nullable Object> nearest(
      VectorTable<T> table, VectorSearch<T> search, int top) {
    return search.top(top).exact().fetch().records().stream()
        .map(record -> table.columns().value(record, table.id()))
        .collect(Collectors.toSet());
  }

  private static double shared(Set<@Nullable Object> one, Set<@Nullable Object> other) {
    Set<@Nullable Object> both = new HashSet<>(one);
    both.retainAll(other);
    return (double) both.size() / one.size();
  }
}
