package dev.tenon.vector;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The part of a search behind its filter: the rows of {@code candidate} that are nearest to a
 * vector, up to a number that follows.
 *
 * @param listed the columns of a hit, quoted
 * @param vector the expression of the vector
 */
record NearestRows(IndexDefinition index, List<String> listed, String vector) {

  /** Stands for their number, which is known when a search runs. */
  static final String CANDIDATES = "{candidates}";

  /** What is read of a row: of a hit, and to order them by. */
  Set<String> needed() {
    Set<String> needed = new LinkedHashSet<>(listed);
    needed.add(index.table().idColumn());
    needed.add(index.table().embeddingColumn());
    return needed;
  }

  /** In the order of the index: the bare operator, or else it would not serve it. */
  String byIndex() {
    return index.quantization() == Quantization.NONE ? byVectors() : byWhatIsIndexed();
  }

  private String byVectors() {
    return """

          select %s, %s as tenon_distance
            from candidate
           order by tenon_distance
           limit\s"""
        .formatted(columns(), distance());
  }

  /** Found by what the index holds, compared once more by their vectors. */
  private String byWhatIsIndexed() {
    return """

          select %s, %s as tenon_distance
            from (
              select %s
                from candidate
               order by %s %s %s
               limit %s
            ) found
           order by tenon_distance, tenon_id
           limit\s"""
        .formatted(
            columns(),
            distance(),
            String.join(", ", needed()),
            index.indexed(),
            index.quantization().operator(index.table().space()),
            index.ofVector(vector),
            CANDIDATES);
  }

  /** By {@code distance + 0}, which no index serves. */
  String exactly() {
    return """

          select %s, tenon_distance
            from (
              select %s, %s as tenon_distance
                from candidate
            ) measured
           order by tenon_distance + 0, tenon_id
           limit\s"""
        .formatted(listedWith("tenon_id"), columns(), distance());
  }

  private String columns() {
    return listedWith(index.table().idColumn() + " as tenon_id");
  }

  private String listedWith(String id) {
    return Stream.concat(listed.stream(), Stream.of(id)).collect(Collectors.joining(", "));
  }

  private String distance() {
    return index.table().embeddingColumn() + " " + index.table().space().operator() + " " + vector;
  }
}
