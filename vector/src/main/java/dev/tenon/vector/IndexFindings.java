package dev.tenon.vector;

import dev.tenon.core.health.HealthFinding.Severity;
import dev.tenon.vector.EmbeddingColumn.Index;
import dev.tenon.vector.EmbeddingColumn.Part;
import dev.tenon.vector.VectorFinding.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Whether the indexes of a table are the one that the repository names. */
record IndexFindings(IndexDefinition definition) {

  List<VectorFinding> of(EmbeddingColumn column) {
    return column.parts().stream().flatMap(part -> of(part).stream()).toList();
  }

  private List<VectorFinding> of(Part part) {
    List<Index> valid = part.indexes().stream().filter(Index::isValid).toList();
    Optional<Index> named = valid.stream().filter(this::isNamed).findFirst();
    List<VectorFinding> findings = new ArrayList<>();
    if (named.isPresent()) {
      lists(part, named.get()).ifPresent(findings::add);
      valid.stream()
          .filter(this::isOfOtherMethod)
          .forEach(index -> findings.add(rival(part, index)));
    } else if (!valid.isEmpty()) {
      findings.add(other(part, valid));
    } else if (part.indexes().isEmpty() && !part.isOfOthers()) {
      findings.add(none(part));
    }
    part.indexes().stream()
        .filter(index -> !index.isValid())
        .forEach(
            index ->
                findings.add(
                    invalid(part, index, valid.isEmpty() ? Severity.WARNING : Severity.ADVICE)));
    return findings;
  }

  private boolean isNamed(Index index) {
    return index.method().equals(definition.method()) && isOfOperator(index);
  }

  /** The server can take it for the same searches. */
  private boolean isOfOtherMethod(Index index) {
    return !index.method().equals(definition.method()) && isOfOperator(index);
  }

  private boolean isOfOperator(Index index) {
    return index.operatorClass().equals(definition.operatorClass());
  }

  /** How many lists a search reads follows from how many the repository says there are. */
  private Optional<VectorFinding> lists(Part part, Index index) {
    if (!(definition.index() instanceof IvfflatIndex)
        || definition.isLike(index.method(), index.operatorClass(), index.options())) {
      return Optional.empty();
    }
    return Optional.of(
        finding(
            part,
            Severity.WARNING,
            "the index "
                + index.name()
                + " has other lists than the repository names, "
                + named(definition.index()),
            "a search reads the square root of those that are named, too few or too many",
            fix(part, List.of(index))));
  }

  private VectorFinding rival(Part part, Index index) {
    return finding(
        part,
        Severity.WARNING,
        "beside the index that the repository names there is " + described(index),
        "the server takes one or the other, and a search brings the settings of its own alone",
        "drop index concurrently " + RecordColumns.quoted(index.name()));
  }

  private VectorFinding other(Part part, List<Index> valid) {
    return finding(
        part,
        Severity.CRITICAL,
        "the column has "
            + valid.stream().map(IndexFindings::described).collect(Collectors.joining(", "))
            + ", and the repository names "
            + described(definition.method(), definition.operatorClass()),
        valid.stream().anyMatch(this::isOfOtherMethod)
            ? "searches are served without their settings: near rows are missing, and truncated()"
                + " does not tell"
            : "no search uses it, and every row is compared",
        fix(part, valid));
  }

  private VectorFinding none(Part part) {
    return finding(
        part,
        Severity.ADVICE,
        "the column has no index of its vectors in all rows",
        "every row is compared by each search, which suits few",
        "once the rows are loaded, run " + build(part));
  }

  private VectorFinding invalid(Part part, Index index, Severity severity) {
    boolean isSwept = on(part).names().contains(index.name());
    return finding(
        part,
        severity,
        "the index " + index.name() + " is not valid: a build is at it, or was killed",
        "no search uses it, and every write pays for it",
        "unless it is being built, "
            + (isSwept
                ? "run " + build(part)
                : "drop index concurrently " + RecordColumns.quoted(index.name())));
  }

  private String fix(Part part, List<Index> valid) {
    String build = "run " + build(part) + " for the one that the repository names";
    return valid.stream()
        .flatMap(index -> definition.naming(index).stream())
        .findFirst()
        .map(index -> "name it, indexedBy(" + named(index) + "), or " + build)
        .orElse(build);
  }

  private IndexDefinition on(Part part) {
    return part.isPartition()
        ? new IndexDefinition(definition.table().sibling(part.name()), definition.index())
        : definition;
  }

  private static String build(Part part) {
    return part.isPartition()
        ? "the repository's indexBuild(owner, tenant).run()"
        : "the repository's indexBuild(owner).run()";
  }

  private static String described(Index index) {
    return "the index " + index.name() + ", " + described(index.method(), index.operatorClass());
  }

  private static String described(String method, String operatorClass) {
    return method + " of " + operatorClass;
  }

  /** As it is written in Java. */
  private static String named(VectorIndex index) {
    if (index instanceof HnswIndex hnsw) {
      String plain = "new HnswIndex(" + hnsw.m() + ", " + hnsw.efConstruction() + ")";
      return hnsw.quantization() == Quantization.NONE
          ? plain
          : plain + ".quantized(Quantization." + hnsw.quantization() + ")";
    }
    return "new IvfflatIndex(" + ((IvfflatIndex) index).lists() + ")";
  }

  private VectorFinding finding(Part part, Severity severity, String what, String why, String fix) {
    return new VectorFinding(
        Check.INDEX,
        severity,
        part.name() + "." + definition.table().embeddingName(),
        what,
        why,
        fix);
  }
}
