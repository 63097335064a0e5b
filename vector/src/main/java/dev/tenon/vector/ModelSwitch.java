package dev.tenon.vector;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.internal.TableBehindView;
import org.jooq.impl.DSL;

/** Says which of two embeddings every row has. */
record ModelSwitch(VectorTable<?> table, Database owner) {

  /** A statement that waits for a lock holds up all that come behind it. */
  private static final String LONGEST_WAIT = "5s";

  private static final int ATTEMPTS_TO_CLEAN_UP = 5;

  /**
   * One is required from now on, and the other is not. That all rows have it is looked at first,
   * under a lock that lets others read and write; what follows does not read the table again. A
   * check that a run left behind which was killed makes way for the new one.
   */
  void require(VectorTable<?> required, VectorTable<?> other) {
    String base = base();
    String check =
        RecordColumns.quoted(table.simpleName() + "_" + required.embeddingName() + "_is");
    String drop = "alter table %s drop constraint if exists %s".formatted(base, check);
    alter(
        "%s, add constraint %s check (%s is not null) not valid"
            .formatted(drop, check, required.embeddingColumn()));
    try {
      alter("alter table %s validate constraint %s".formatted(base, check));
      alter(
          "alter table %s alter column %s set not null, alter column %s drop not null"
              .formatted(base, required.embeddingColumn(), other.embeddingColumn()));
    } catch (InvalidDataException lacking) {
      dropped(drop, lacking);
      throw new InvalidDataException(
          Problem.what("rows lack " + required.embeddingName())
              .where(table.place("ModelChange"))
              .why("the server says: " + lacking.problem().what())
              .fix("run the back-fill of every tenant, with writers that write both embeddings"),
          lacking);
    } catch (RuntimeException failed) {
      dropped(drop, failed);
      throw failed;
    }
    // Not with the statement before, which then would read the table under its lock.
    alter(drop);
  }

  /** It would refuse writers of the other model, so it is not left for one lock. */
  private void dropped(String drop, RuntimeException because) {
    for (int attempt = 1; attempt <= ATTEMPTS_TO_CLEAN_UP; attempt++) {
      try {
        alter(drop);
        return;
      } catch (RetryableException locked) {
        because.addSuppressed(locked);
      } catch (RuntimeException failed) {
        because.addSuppressed(failed);
        return;
      }
    }
  }

  private void alter(String statement) {
    owner.withSetting("lock_timeout", LONGEST_WAIT).sql().execute(statement);
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
