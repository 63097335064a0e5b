package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.health.HealthFinding.Severity;
import dev.tenon.vector.VectorFinding.Check;
import java.util.List;
import java.util.Optional;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** The space of a column, as its comment tells it and as its type does. */
record SpaceNote(VectorTable<?> table) {

  private static final String PREFIX = "tenon space: ";

  static String sql(VectorTable<?> noted) {
    return "comment on column "
        + noted.name()
        + "."
        + noted.embeddingColumn()
        + " is "
        + DSL.using(SQLDialect.POSTGRES).render(DSL.inline(PREFIX + noted.space()))
        + ";\n";
  }

  /** Refuses what is critical of the column, if there is one. */
  void require(Optional<EmbeddingColumn> column) {
    findings(column).stream()
        .filter(finding -> finding.severity() == Severity.CRITICAL)
        .findFirst()
        .ifPresent(
            finding -> {
              throw new UsageException(
                  Problem.what(finding.what())
                      .where(table.place("requireSpace"))
                      .why(finding.why())
                      .fix(finding.fix()));
            });
  }

  List<VectorFinding> findings(Optional<EmbeddingColumn> column) {
    if (column.isEmpty()) {
      return List.of(
          finding(
              Check.COLUMN,
              Severity.CRITICAL,
              "there is no column " + table.embeddingName() + " of a table " + table.name(),
              "its embeddings are nowhere",
              "run the repository's tableSql(), and look at the search path of the role"));
    }
    String type = column.get().type();
    if (!isOf(type)) {
      return List.of(
          finding(
              Check.COLUMN,
              Severity.CRITICAL,
              "the column is of the type " + type + ", and the repository's space is " + space(),
              "it does not hold vectors of the type " + space().columnType(),
              "name the space of the column, or go to another by a ModelChange"));
    }
    return column
        .get()
        .comment()
        .flatMap(SpaceNote::noted)
        .map(this::compared)
        .orElseGet(this::unknown);
  }

  /** A comment may tell more, on lines of its own. */
  private static Optional<String> noted(String comment) {
    return comment
        .lines()
        .filter(line -> line.startsWith(PREFIX))
        .map(line -> line.substring(PREFIX.length()))
        .findFirst();
  }

  /** A type of an extension may come with its schema, and a column without dimensions holds any. */
  private boolean isOf(String type) {
    String bare = type.substring(type.lastIndexOf('.') + 1);
    return bare.equals(space().columnType()) || bare.equals(space().element().type());
  }

  private List<VectorFinding> unknown() {
    return List.of(
        finding(
            Check.SPACE,
            Severity.ADVICE,
            "the column does not tell its space, and the repository's is " + space(),
            "vectors of another model would not be noticed",
            "run the repository's spaceSql() in a migration, if its vectors are of that space"));
  }

  private List<VectorFinding> compared(String noted) {
    if (noted.equals(space().toString())) {
      return List.of();
    }
    String what =
        "the column holds vectors of " + noted + ", and the repository's are of " + space();
    String ofAnyModel = space().ofAnyModel().toString();
    if (noted.equals(ofAnyModel)) {
      return List.of(
          finding(
              Check.MODEL,
              Severity.ADVICE,
              what,
              "which model made them is not known",
              "run the repository's spaceSql() in a migration, if it is that one"));
    }
    boolean differsByModel = noted.startsWith(ofAnyModel + ".model(");
    if (differsByModel && space().model().isEmpty()) {
      return List.of(
          finding(
              Check.MODEL,
              Severity.WARNING,
              what,
              "vectors of another model would not be noticed",
              "name the model: VectorSpace.model(name, version)"));
    }
    return List.of(
        finding(
            differsByModel ? Check.MODEL : Check.SPACE,
            Severity.CRITICAL,
            what,
            "distances between the two mean nothing",
            "name the space of the column, or go to another by a ModelChange"));
  }

  private VectorSpace space() {
    return table.space();
  }

  private VectorFinding finding(
      Check check, Severity severity, String what, String why, String fix) {
    return new VectorFinding(
        check, severity, table.simpleName() + "." + table.embeddingName(), what, why, fix);
  }
}
