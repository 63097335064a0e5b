package dev.tenon.vector;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenonException;
import dev.tenon.core.internal.TableBehindView;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Record;
import org.jooq.impl.DSL;

/** Says which of two embeddings every row has. */
record ModelSwitch(VectorTable<?> from, VectorTable<?> to, Database owner) {

  /** A statement that waits for a lock holds up all that come behind it. */
  private static final String LONGEST_WAIT = "5s";

  private static final int ATTEMPTS_TO_CLEAN_UP = 5;

  private static final int MOST_TENANTS_NAMED = 5;

  void cutOver() {
    String fix = "run the back-fill of every tenant, with writers that write both embeddings";
    explained("cutOver", to, from, fix);
  }

  void rollBack() {
    String fix =
        from.isOfChunks()
            ? "in each tenant's session replace the documents of chunks whose %s is null by"
                + " DocumentModelChange.replace, which asks both models; the back-fill makes %s only"
            : "in each tenant's session write the rows whose %s is null by ModelChange.upsert, of"
                + " records with the old embedding; the back-fill makes %s only";
    explained("rollBack", from, to, fix.formatted(from.embeddingName(), to.embeddingName()));
  }

  private void explained(
      String operation, VectorTable<?> required, VectorTable<?> other, String fix) {
    new ModelChangeFaults(from, to)
        .explaining(
            operation,
            () -> {
              require(required, other, operation, fix);
              return true;
            });
  }

  /**
   * One is required from now on, and the other is not. That all rows have it is looked at first,
   * under a lock that lets others read and write; what follows does not read the table again.
   * Checks that a run left behind which was killed, of either way, make way for the new one.
   */
  private void require(
      VectorTable<?> required, VectorTable<?> other, String operation, String fix) {
    String base = base();
    ModelChangeSql sql = new ModelChangeSql(from, to);
    String check = sql.check(required);
    String drop = "alter table " + base + " " + sql.dropChecks();
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
          Problem.what("rows lack " + required.embeddingName() + counted(base, required, lacking))
              .where(from.place("ModelChange." + operation))
              .why("the server says: " + lacking.problem().what())
              .fix(fix),
          lacking);
    } catch (RuntimeException failed) {
      dropped(drop, failed);
      throw failed;
    }
    // Not with the statement before, which then would read the table under its lock.
    alter(drop);
  }

  /**
   * How many of whom, where the owner may see rows: row-level security that is forced hides them.
   */
  private String counted(String base, VectorTable<?> required, InvalidDataException lacking) {
    String sql =
        """
        select %1$s::text, count(*), sum(count(*)) over (), count(*) over ()
          from %2$s
         where %3$s is null
         group by %1$s
         order by 2 desc, 1
         limit %4$d"""
            .formatted(VectorTable.TENANT, base, required.embeddingColumn(), MOST_TENANTS_NAMED);
    try {
      List<String> counts = new ArrayList<>();
      long others = 0;
      long unnamed = 0;
      for (Record row : owner.sql().fetch(sql)) {
        counts.add(row.get(1, Long.class) + " of the tenant " + row.get(0, String.class));
        others = (others == 0 ? row.get(2, Long.class) : others) - row.get(1, Long.class);
        unnamed = row.get(3, Long.class) - counts.size();
      }
      if (unnamed > 0) {
        counts.add(others + " of " + unnamed + " other tenants");
      }
      return counts.isEmpty() ? "" : ": " + String.join(", ", counts);
    } catch (TenonException hidden) {
      lacking.addSuppressed(hidden);
      return "";
    }
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
            DSL.inline(from.name()))
        .get(0, String.class);
  }
}
