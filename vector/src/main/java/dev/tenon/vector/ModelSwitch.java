package dev.tenon.vector;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.internal.TableBehindView;
import org.jooq.impl.DSL;

/** Says which of two embeddings every row has. */
record ModelSwitch(VectorTable<?> table, Database owner) {

  /**
   * One is required from now on, and the other is not. That all rows have it is looked at first,
   * under a lock that lets others read and write; what follows does not read the table again.
   */
  void require(VectorTable<?> required, VectorTable<?> other) {
    String base = base();
    String check =
        RecordColumns.quoted(table.simpleName() + "_" + required.embeddingName() + "_is");
    try {
      owner
          .sql()
          .execute(
              "alter table %s add constraint %s check (%s is not null) not valid"
                  .formatted(base, check, required.embeddingColumn()));
      owner.sql().execute("alter table %s validate constraint %s".formatted(base, check));
      owner
          .sql()
          .execute(
              "alter table %1$s alter column %2$s set not null, alter column %3$s drop not null"
                  .formatted(base, required.embeddingColumn(), other.embeddingColumn()));
    } catch (InvalidDataException lacking) {
      throw new InvalidDataException(
          Problem.what("rows lack " + required.embeddingName())
              .where(table.place("ModelChange"))
              .why("the server says: " + lacking.problem().what())
              .fix("run the back-fill of every tenant, with writers that write both embeddings"),
          lacking);
    } finally {
      owner.sql().execute("alter table %s drop constraint if exists %s".formatted(base, check));
    }
  }

  private String base() {
    return owner
        .sql()
        .fetchSingle(
            "select " + TableBehindView.regclass("cast({0} as regclass)") + "::text",
            DSL.inline(table.name()))
        .get(0, String.class);
  }
}
