package dev.tenon.vector;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * How a search was put to the server, and what the server made of it where it was asked.
 *
 * <p>What was asked for is known without a round trip. Whether the index was used is not: without a
 * condition the planner decides it, and for a tenant with few rows it rightly reads and sorts them;
 * a missing or invalid index it cannot use. {@link #explain} says what it decided.
 *
 * @param index that the settings are of, as the repository says it, and that the statement can be
 *     served by; empty where rows are compared exactly, which no index serves: because {@linkplain
 *     VectorSearch#exact that was asked for}, or because of {@linkplain VectorSearch#where few
 *     rows}
 * @param settings of the scan and its memory that were sent with the statement, in their order;
 *     others were as the session, the role and the server have them, but those that say how it is
 *     planned
 * @param candidates how many rows that a quantized index finds are compared by their vectors
 * @param explain the plan as EXPLAIN prints it, planned for the same values and settings in the
 *     same transaction; empty without {@link VectorSearch#withPlan}
 */
public record SearchPlan(
    Optional<VectorIndex> index,
    Map<String, String> settings,
    OptionalInt candidates,
    Optional<String> explain) {

  public SearchPlan {
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
  }

  /** Whether the statement was one that no vector index can serve, so that nothing is missing. */
  public boolean isExact() {
    return index.isEmpty();
  }

  /** In one line without {@link #explain}: {@code HnswIndex(hnsw.ef_search=80, …)}. */
  @Override
  public String toString() {
    String told =
        settings.entrySet().stream()
            .map(setting -> setting.getKey() + "=" + setting.getValue())
            .collect(Collectors.joining(", "));
    String compared = candidates.isPresent() ? ", candidates=" + candidates.getAsInt() : "";
    return index.map(asked -> asked.getClass().getSimpleName()).orElse("exact")
        + "("
        + told
        + compared
        + ")";
  }
}
