package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.RetryableException;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** From one embedding model to another, in one table. */
@TenonTest(schema = ModelChangeTest.Schema.class)
final class ModelChangeTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final UUID OTHER = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b12");

  record Page(int id, String text, Embedding embedding) {}

  record NewPage(int id, String text, Embedding better) {}

  private static final VectorRepository<Page> OLD =
      VectorRepository.of("pages", Page.class, VectorSpace.cosine(8));
  private static final VectorRepository<NewPage> NEW =
      VectorRepository.of("pages", NewPage.class, VectorSpace.l2(12).half());
  private static final ModelChange<Page, NewPage, RuntimeException> CHANGE =
      ModelChange.of(OLD, NEW, pages -> pages.stream().map(ModelChangeTest::embedded).toList());

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("pages")
              .script("V1__pages.sql", OLD.tableSql() + TenantTable.rls("pages").sql())
              .script("V2__model.sql", CHANGE.addSql()));
    }
  }

  private static Page page(int id, String text) {
    return new Page(id, text, Embedding.of(Vectors.random(text.hashCode(), 8)));
  }

  private static float[] better(String text) {
    return Vectors.random(31L * text.hashCode(), 12);
  }

  private static NewPage embedded(Page page) {
    return new NewPage(page.id(), page.text(), Embedding.of(better(page.text())));
  }

  private static TenantSession filled(TenantDatabase tenants, int rows) {
    TenantSession acme = tenants.as(ACME);
    OLD.load(acme, IntStream.range(0, rows).mapToObj(i -> page(i, "text " + i)));
    return acme;
  }

  private static Database owner(TestDatabase made) {
    return TestSchema.connect(made, made.owner());
  }

  private static List<Integer> found(TenantSession session, String text) {
    return NEW.search(session, better(text)).top(1).exact().fetch().hits().stream()
        .filter(hit -> hit.distance() < 0.01)
        .map(hit -> hit.record().id())
        .toList();
  }

  @Test
  void a_back_fill_makes_the_new_embedding_of_every_row_of_its_tenant(TenantDatabase tenants) {
    TenantSession acme = filled(tenants, 450);
    OLD.upsert(tenants.as(OTHER), page(1, "of another"));
    ModelChange<Page, NewPage, RuntimeException>.Backfill backfill = CHANGE.backfill(acme);
    assertThat(backfill.left()).isEqualTo(450);

    backfill.run();

    assertThat(backfill.done()).isEqualTo(450);
    assertThat(backfill.left()).isZero();
    assertThat(CHANGE.backfill(tenants.as(OTHER)).left()).isEqualTo(1);
    assertThat(found(acme, "text 7")).containsExactly(7);
    assertThat(found(acme, "text 449")).containsExactly(449);
  }

  @Test
  void a_back_fill_that_is_stopped_or_fails_is_gone_on_with(TenantDatabase tenants) {
    TenantSession acme = filled(tenants, 100);
    AtomicInteger asked = new AtomicInteger();
    CHANGE.backfill(acme).batch(10).run(() -> asked.incrementAndGet() > 3);
    assertThat(CHANGE.backfill(acme).left()).isBetween(70L, 79L);

    ModelChange<Page, NewPage, IOException> failing =
        ModelChange.of(
            OLD,
            NEW,
            pages -> {
              if (pages.get(0).id() >= 50) {
                throw new IOException("the model is away");
              }
              return pages.stream().map(ModelChangeTest::embedded).toList();
            });
    assertThatThrownBy(() -> failing.backfill(acme).batch(10).run())
        .isInstanceOf(IOException.class)
        .hasMessage("the model is away");
    assertThat(CHANGE.backfill(acme).left()).isPositive();

    CHANGE.backfill(acme).run();
    assertThat(CHANGE.backfill(acme).left()).isZero();
  }

  @Test
  void both_embeddings_are_written_and_found(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    CHANGE.upsert(acme, page(1, "first"));
    CHANGE.upsert(acme, page(1, "second"));
    assertThat(CHANGE.backfill(acme).left()).isZero();
    assertThat(found(acme, "second")).containsExactly(1);
    assertThat(found(acme, "first")).isEmpty();
    assertThat(OLD.search(acme, Vectors.random("second".hashCode(), 8)).fetch().records())
        .containsExactly(page(1, "second"));
  }

  @Test
  void each_model_has_an_index_of_its_own(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = filled(tenants, 20);
    CHANGE.backfill(acme).run();
    VectorRepository<NewPage> alike =
        VectorRepository.of("pages", NewPage.class, VectorSpace.cosine(12).half());
    try (Database owner = owner(made)) {
      assertThat(OLD.indexBuild(owner).run()).isEqualTo(VectorIndexBuild.Result.BUILT);
      assertThat(NEW.indexBuild(owner).run()).isEqualTo(VectorIndexBuild.Result.BUILT);
      assertThat(alike.indexBuild(owner).run()).isEqualTo(VectorIndexBuild.Result.BUILT);
      assertThat(OLD.indexBuild(owner).run()).isEqualTo(VectorIndexBuild.Result.UNCHANGED);
      assertThat(
              owner
                  .sql()
                  .fetch("select indexdef from pg_indexes where indexdef ~ 'hnsw' order by 1")
                  .getValues(0, String.class))
          .satisfiesExactly(
              better -> assertThat(better).contains("pages_better_hnsw", "(better halfvec_cosine"),
              old -> assertThat(old).contains("pages_embedding_hnsw", "(embedding vector_cosine"));
    }
  }

  /** As a model of few bits does, or one that reads the first words alone. */
  @Test
  void both_are_written_where_the_new_model_makes_the_same_of_another_text(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    ModelChange<Page, NewPage, RuntimeException> coarse =
        ModelChange.of(
            OLD,
            NEW,
            pages ->
                pages.stream()
                    .map(p -> new NewPage(p.id(), p.text(), Embedding.of(better("all"))))
                    .toList());
    coarse.upsert(acme, page(1, "first"));
    coarse.upsert(acme, page(1, "second"));
    assertThat(coarse.backfill(acme).left()).isZero();
    try (Database owner = owner(made)) {
      coarse.cutOver(owner);
    }
    coarse.upsert(acme, page(1, "third"));
    assertThat(found(acme, "all")).containsExactly(1);
    assertThat(OLD.search(acme, Vectors.random("third".hashCode(), 8)).fetch().records())
        .containsExactly(page(1, "third"));
  }

  @Test
  void there_is_no_way_back_once_the_new_model_has_changed_a_row_alone(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = filled(tenants, 5);
    CHANGE.backfill(acme).run();
    try (Database owner = owner(made)) {
      CHANGE.cutOver(owner);
      NEW.upsert(acme, embedded(page(1, "changed")));
      assertThat(OLD.search(acme, Vectors.random("text 1".hashCode(), 8)).fetch().records())
          .extracting(Page::id)
          .doesNotContain(1);
      assertThatThrownBy(() -> CHANGE.rollBack(owner))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("rows lack embedding")
          .hasMessageContaining("whose embedding is null by ModelChange.upsert")
          .hasMessageNotContaining("run the back-fill");
      CHANGE.backfill(acme).run();
      assertThatThrownBy(() -> CHANGE.rollBack(owner)).isInstanceOf(InvalidDataException.class);
      CHANGE.upsert(acme, page(1, "changed"));
      CHANGE.rollBack(owner);
    }
  }

  @Test
  void a_writer_of_the_old_model_takes_the_new_embedding_away(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    CHANGE.upsert(acme, page(1, "first"));
    OLD.upsert(acme, page(1, "second"));
    assertThat(CHANGE.backfill(acme).left()).isEqualTo(1);
    CHANGE.backfill(acme).run();
    assertThat(found(acme, "second")).containsExactly(1);
  }

  @Test
  void a_row_that_is_written_while_its_embedding_is_made_keeps_what_was_written(
      TenantDatabase tenants) {
    TenantSession acme = filled(tenants, 3);
    AtomicInteger calls = new AtomicInteger();
    ModelChange<Page, NewPage, RuntimeException> slow =
        ModelChange.of(
            OLD,
            NEW,
            pages -> {
              if (calls.getAndIncrement() == 0) {
                OLD.upsert(acme, page(0, "by the old model"));
                CHANGE.upsert(acme, page(1, "by both"));
              }
              return pages.stream().map(ModelChangeTest::embedded).toList();
            });

    slow.backfill(acme).run();

    assertThat(found(acme, "by the old model")).containsExactly(0);
    assertThat(found(acme, "by both")).containsExactly(1);
    assertThat(found(acme, "text 0")).isEmpty();
    assertThat(CHANGE.backfill(acme).left()).isZero();
  }

  @Test
  void many_runs_and_writers_at_once_leave_each_row_with_its_own_embedding(TenantDatabase tenants) {
    TenantSession acme = filled(tenants, 300);
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<CompletableFuture<Void>> running = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        running.add(
            CompletableFuture.runAsync(() -> CHANGE.backfill(acme).batch(20).run(), executor));
      }
      running.add(
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 300; i += 3) {
                  OLD.upsert(acme, page(i, "again " + i));
                }
              },
              executor));
      running.forEach(CompletableFuture::join);
    } finally {
      executor.shutdownNow();
    }
    CHANGE.backfill(acme).run();
    for (int i = 0; i < 300; i++) {
      assertThat(found(acme, (i % 3 == 0 ? "again " : "text ") + i)).containsExactly(i);
    }
  }

  @Test
  void the_switch_is_refused_while_a_row_lacks_an_embedding_and_changes_nothing(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = filled(tenants, 3);
    try (Database owner = owner(made)) {
      assertThatThrownBy(() -> CHANGE.cutOver(owner))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("rows lack better");
      OLD.upsert(acme, page(9, "still taken"));
      assertThatThrownBy(() -> CHANGE.cutOver(owner)).isInstanceOf(InvalidDataException.class);
    }
  }

  @Test
  void the_old_model_ends_and_its_rows_go_on(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = filled(tenants, 20);
    CHANGE.backfill(acme).run();
    try (Database owner = owner(made)) {
      CHANGE.cutOver(owner);
      owner.migrate(Migrations.named("finished").script("V1__end.sql", CHANGE.finishSql()));
    }
    NEW.upsert(acme, embedded(page(7, "another text")));
    NEW.load(acme, Stream.of(embedded(page(8, "one more"))));
    assertThat(found(acme, "another text")).containsExactly(7);
    assertThat(found(acme, "one more")).containsExactly(8);
    assertThat(found(acme, "text 9")).containsExactly(9);
  }

  @Test
  void the_old_model_does_not_end_while_a_row_lacks_the_new(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = filled(tenants, 3);
    try (Database owner = owner(made)) {
      assertThatThrownBy(() -> owner.sql().execute(CHANGE.finishSql()))
          .hasMessageContaining("better");
    }
    assertThat(OLD.search(acme, Vectors.random(3, 8)).exact().fetch().hits()).hasSize(3);
  }

  @Test
  void behind_the_switch_the_new_model_writes_alone_and_there_is_a_way_back(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = filled(tenants, 20);
    CHANGE.backfill(acme).run();
    try (Database owner = owner(made)) {
      CHANGE.cutOver(owner);
      assertThatThrownBy(() -> OLD.upsert(acme, page(1, "old alone")))
          .isInstanceOf(InvalidDataException.class);

      CHANGE.rollBack(owner);
      OLD.upsert(acme, page(1, "old alone"));
      CHANGE.backfill(acme).run();
      CHANGE.cutOver(owner);
      NEW.upsert(acme, embedded(page(77, "new alone")));
      assertThat(found(acme, "new alone")).containsExactly(77);
      assertThatThrownBy(() -> CHANGE.rollBack(owner))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("rows lack embedding");
      NEW.upsert(acme, embedded(page(78, "still new alone")));
    }
  }

  @Test
  void the_switch_waits_for_no_lock_for_long_and_can_be_tried_again(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = filled(tenants, 5);
    CHANGE.backfill(acme).run();
    try (Database owner = owner(made)) {
      acme.transaction(
          transaction -> {
            assertThat(transaction.sql().fetch("select id from pages")).hasSize(5);
            assertThatThrownBy(() -> CHANGE.cutOver(owner))
                .isInstanceOf(RetryableException.class)
                .hasMessageContaining("lock");
          });
      OLD.upsert(acme, page(6, "of the old model"));
      CHANGE.backfill(acme).run();

      // What a run leaves that is killed in between.
      owner
          .sql()
          .execute(
              "alter table pages add constraint pages_better_is check (better is not null) not"
                  + " valid");
      CHANGE.cutOver(owner);
      NEW.upsert(acme, embedded(page(7, "of the new model")));
      assertThat(owner.sql().fetch("select from pg_constraint where conname = 'pages_better_is'"))
          .isEmpty();
    }
  }

  @Test
  void models_overlap_in_what_they_find(TenantDatabase tenants) {
    TenantSession acme = filled(tenants, 60);
    assertThatThrownBy(() -> CHANGE.overlap(acme, 10, 5))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("fewer than two rows with both embeddings");
    CHANGE.backfill(acme).run();
    ModelChange.Overlap overlap = CHANGE.overlap(acme, 40, 30);
    assertThat(overlap.queries()).isEqualTo(40);
    // Two models that know nothing of each other share what chance gives: 30 of 59.
    assertThat(overlap.mean()).isCloseTo(30.0 / 59, within(0.1));
    assertThat(CHANGE.overlap(acme, 10, 59).mean()).isEqualTo(1);
  }
}
