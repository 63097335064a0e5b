package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.ModelChangeTest.NewPage;
import dev.tenon.vector.ModelChangeTest.Page;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** A back-fill and a writer that lock the same rows in another order. */
@TenonTest(schema = ModelChangeTest.Schema.class)
class BackfillConflictTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final VectorRepository<Page> OLD =
      VectorRepository.of("pages", Page.class, VectorSpace.cosine(8));
  private static final VectorRepository<NewPage> NEW =
      VectorRepository.of("pages", NewPage.class, VectorSpace.l2(12).half());

  private static Page page(int id, String text) {
    return new Page(id, text, Embedding.of(Vectors.random(text.hashCode(), 8)));
  }

  private static List<NewPage> model(List<Page> pages) {
    return pages.stream()
        .map(page -> new NewPage(page.id(), page.text(), Embedding.of(Vectors.random(7, 12))))
        .toList();
  }

  /**
   * Who has waited for so long looks for a deadlock, once: the back-fill, when the writer waits.
   */
  private static final String PATIENCE = "alter database {0} set deadlock_timeout = '3s'";

  /** The writer never does; only a superuser may set it. */
  private static final String MORE_PATIENCE =
      """
      create function public.more_patience() returns text language sql security definer
          as $$ select set_config('deadlock_timeout', '5min', true) $$
      """;

  @Test
  void a_deadlock_ends_neither(TestDatabase made) throws Exception {
    try (Database superuser = TestSchema.connect(made, made.superuser())) {
      superuser.sql().execute(PATIENCE, DSL.name(made.name()));
      superuser.sql().execute(MORE_PATIENCE);
      try (Database application = TestSchema.connect(made, made.application())) {
        meet(TenantDatabase.on(application).as(ACME), superuser);
      }
    }
  }

  private static void meet(TenantSession acme, Database onlooker) throws Exception {
    OLD.load(acme, Stream.of(page(1, "one"), page(2, "two")));
    ModelChange<Page, NewPage, RuntimeException> change =
        ModelChange.of(OLD, NEW, BackfillConflictTest::model);
    ModelChange<Page, NewPage, RuntimeException>.Backfill backfill = change.backfill(acme);
    CompletableFuture<Void> filled =
        acme.transactionResult(
            transaction -> {
              transaction.sql().execute("select public.more_patience()");
              // The later of the rows that the back-fill takes, and then the earlier.
              OLD.upsert(transaction, page(2, "again two"));
              CompletableFuture<Void> running =
                  CompletableFuture.runAsync(backfill::run, task -> new Thread(task).start());
              while (!isWaiting(onlooker)) {
                LockSupport.parkNanos(5_000_000);
              }
              OLD.upsert(transaction, page(1, "again one"));
              return running;
            });
    filled.get(1, TimeUnit.MINUTES);
    assertThat(change.backfill(acme).left()).isZero();
  }

  private static boolean isWaiting(Database onlooker) {
    String sql =
        """
        select exists (
          select from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock')
        """;
    return Boolean.TRUE.equals(onlooker.sql().resultQuery(sql).fetchSingle(0, Boolean.class));
  }
}
