package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.vector.EmbeddingColumn.Index;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The index of a table's embeddings: its name and its text, and whether one that exists is it. */
record IndexDefinition(VectorTable<?> table, VectorIndex index) {

  private static final String HNSW = "hnsw";
  private static final String IVFFLAT = "ivfflat";

  /** Where an index says nothing else. */
  private static final int LISTS = 100;

  /** What IVFFlat has no operator class for. */
  private static final Set<Metric> HNSW_ONLY = Set.of(Metric.L1, Metric.JACCARD);

  IndexDefinition {
    VectorSpace space = table.space();
    if (index instanceof IvfflatIndex && !hasLists(space)) {
      throw new UsageException(
          Problem.what("IVFFlat was chosen for the space " + space)
              .where(table.place("indexedBy"))
              .why(
                  "it has no operator class for "
                      + (space.element() == Element.SPARSE ? "sparsevec" : space.metric()))
              .fix("choose an HnswIndex"));
    }
    if (index instanceof HnswIndex hnsw
        && hnsw.quantization() != Quantization.NONE
        && space.element() != Element.SINGLE) {
      throw new UsageException(
          Problem.what("an index quantized as " + hnsw.quantization() + " of the space " + space)
              .where(table.place("indexedBy"))
              .why("only numbers of single precision are quantized")
              .fix("leave quantized(…) out, or half() and sparse() of the space"));
    }
  }

  private static boolean hasLists(VectorSpace space) {
    return !HNSW_ONLY.contains(space.metric()) && space.element() != Element.SPARSE;
  }

  Quantization quantization() {
    return index instanceof HnswIndex hnsw ? hnsw.quantization() : Quantization.NONE;
  }

  /** What the index is of, and what its scan is ordered by. */
  String indexed() {
    return ofVector(table.embeddingColumn());
  }

  /** The same of another vector. */
  String ofVector(String vector) {
    return quantization().of(vector, table.space().dimensions());
  }

  String operatorClass() {
    return quantization().operatorClass(table.space());
  }

  /** By its column: while a model changes, a table has two embeddings, each with its index. */
  String name() {
    return named(method());
  }

  /** Of an index of the other method over the same vectors, as it would be named here. */
  String nameOfOther() {
    return named(method().equals(HNSW) ? IVFFLAT : HNSW);
  }

  /** While it is built, beside the one that serves. */
  String nameWhileBuilt() {
    return FittedNames.of(unfitted(method()) + "_new");
  }

  /** Of the one whose place it takes, until that is dropped. */
  String nameOfReplaced() {
    return FittedNames.of(unfitted(method()) + "_old");
  }

  /** Of the indexes that a build leaves nothing of, but the one that is whole. */
  Set<String> names() {
    return Set.of(name(), nameWhileBuilt(), nameOfReplaced(), nameOfOther());
  }

  private String named(String method) {
    return FittedNames.of(unfitted(method));
  }

  private String unfitted(String method) {
    return table.simpleName() + "_" + table.embeddingName() + "_" + method;
  }

  String method() {
    return index instanceof HnswIndex ? HNSW : IVFFLAT;
  }

  /** As {@code pg_class.reloptions} has them. */
  Map<String, String> options() {
    Map<String, String> options = new LinkedHashMap<>();
    if (index instanceof HnswIndex hnsw) {
      options.put("m", Integer.toString(hnsw.m()));
      options.put("ef_construction", Integer.toString(hnsw.efConstruction()));
    } else if (index instanceof IvfflatIndex ivfflat) {
      options.put("lists", Integer.toString(ivfflat.lists()));
    }
    return options;
  }

  /**
   * The statement that creates it.
   *
   * @param name quoted
   * @param on the table, quoted
   * @param how behind {@code create index}
   */
  String sql(String name, String on, String how) {
    requireIndexable();
    return """
        create index%s %s on %s
          using %s (%s %s) with (%s)"""
        .formatted(
            how,
            name,
            on,
            method(),
            indexed(),
            operatorClass(),
            options().entrySet().stream()
                .map(option -> option.getKey() + " = " + option.getValue())
                .collect(Collectors.joining(", ")));
  }

  /** Whether an index of these properties finds what this one does. */
  boolean isLike(String otherMethod, String otherClass, Map<String, String> given) {
    Map<String, String> others =
        new HashMap<>(
            index instanceof HnswIndex
                ? Map.of("m", "16", "ef_construction", "64")
                : Map.of("lists", Integer.toString(LISTS)));
    others.putAll(given);
    return otherMethod.equals(method())
        && otherClass.equals(operatorClass())
        && others.equals(options());
  }

  /** What names an index of these properties over the same vectors; empty where nothing does. */
  Optional<VectorIndex> naming(Index other) {
    return candidates(other)
        .filter(
            candidate ->
                new IndexDefinition(table, candidate)
                    .isLike(other.method(), other.operatorClass(), other.options()))
        .findFirst();
  }

  private Stream<VectorIndex> candidates(Index other) {
    if (other.method().equals(IVFFLAT)) {
      return hasLists(table.space())
          ? Stream.of(new IvfflatIndex(option(other, "lists", LISTS)))
          : Stream.empty();
    }
    HnswIndex graph =
        new HnswIndex(
            option(other, "m", HnswIndex.DEFAULT.m()),
            option(other, "ef_construction", HnswIndex.DEFAULT.efConstruction()));
    return table.space().element() == Element.SINGLE
        ? Stream.of(Quantization.values()).map(graph::quantized)
        : Stream.of(graph);
  }

  private static int option(Index other, String option, int byDefault) {
    return Integer.parseInt(other.options().getOrDefault(option, Integer.toString(byDefault)));
  }

  void requireIndexable() {
    VectorSpace space = table.space();
    int most =
        quantization() == Quantization.NONE
            ? space.element().mostIndexed()
            : quantization().mostIndexed();
    if (space.dimensions() > most) {
      throw new UsageException(
          Problem.what("an index of " + space.dimensions() + " dimensions was asked for")
              .where(table.place("indexSql"))
              .why("pgvector indexes at most " + most + " dimensions of such vectors")
              .fix(
                  "make the space half(), or index it quantized(HALF), for up to 4000 dimensions;"
                      + " quantized(BINARY) takes more"));
    }
  }
}
