package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.DocumentRepository.Piece;
import dev.tenon.vector.DocumentRepository.Replaced;
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

/** Documents whose chunks go from one embedding model to another. */
@TenonTest(schema = DocumentModelChangeTest.Schema.class)
final class DocumentModelChangeTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final UUID BOLT = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b12");
  private static final UUID MANUAL = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b21");
  private static final UUID LETTER = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b22");

  private static final DocumentRepository OLD =
      DocumentRepository.of("passages", VectorSpace.cosine(8));
  private static final DocumentRepository NEW =
      OLD.embeddedIn("better", VectorSpace.l2(12).model("better", "2"));

  /** What each model was asked, in its order. */
  private final List<String> askedOld = new ArrayList<>();

  private final List<String> askedNew = new ArrayList<>();
  private final DocumentModelChange<RuntimeException> change =
      DocumentModelChange.of(OLD, NEW, this::newModel);

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      String add = DocumentModelChange.of(OLD, NEW, text -> newVector(text)).chunks().addSql();
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("passages")
              .script("V1__passages.sql", OLD.tableSql() + TenantTable.rls("passages").sql())
              .script("V2__model.sql", add));
    }
  }

  private synchronized float[] oldModel(String text) {
    askedOld.add(text);
    return oldVector(text);
  }

  private synchronized float[] newModel(String text) {
    askedNew.add(text);
    return newVector(text);
  }

  private static float[] oldVector(String text) {
    return Vectors.random(text.hashCode(), 8);
  }

  private static float[] newVector(String text) {
    return Vectors.random(31L * text.hashCode(), 12);
  }

  private static List<Piece> pieces(String... texts) {
    return Stream.of(texts).map(text -> new Piece(0, text.length(), text)).toList();
  }

  private Replaced replaceBoth(Session session, UUID document, String... texts) {
    return change.replace(session, document, pieces(texts), this::oldModel);
  }

  private static Database owner(TestDatabase made) {
    return TestSchema.connect(made, made.owner());
  }

  private static void assertEachHasItsOwn(TenantSession session, UUID document) {
    assertThat(OLD.find(session, document))
        .isNotEmpty()
        .allSatisfy(
            chunk ->
                assertThat(chunk.embedding()).isEqualTo(Embedding.of(oldVector(chunk.text()))));
    assertThat(NEW.find(session, document))
        .isNotEmpty()
        .allSatisfy(
            chunk ->
                assertThat(chunk.embedding()).isEqualTo(Embedding.of(newVector(chunk.text()))));
  }

  private static List<String> foundByNew(TenantSession session, String text) {
    return NEW.chunks().search(session, newVector(text)).top(1).exact().fetch().records().stream()
        .map(Chunk::text)
        .toList();
  }

  @Test
  void a_replacement_writes_both_embeddings_and_each_model_finds_its_own(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    assertThat(replaceBoth(acme, MANUAL, "one", "two", "one")).isEqualTo(new Replaced(0, 3, 0, 4));

    assertEachHasItsOwn(acme, MANUAL);
    assertThat(foundByNew(acme, "two")).containsExactly("two");
    assertThat(OLD.chunks().search(acme, oldVector("two")).top(1).fetch().records())
        .extracting(Chunk::text)
        .containsExactly("two");
    assertThat(NEW.find(tenants.as(BOLT), MANUAL)).isEmpty();
  }

  @Test
  void each_model_sees_only_texts_that_lack_its_embedding(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    OLD.replace(acme, MANUAL, pieces("one", "two"), this::oldModel);
    askedOld.clear();

    assertThat(replaceBoth(acme, MANUAL, "two", "three", "one"))
        .isEqualTo(new Replaced(0, 3, 0, 4));
    assertThat(askedOld).containsExactly("three");
    assertThat(askedNew).containsExactly("two", "three", "one");
    assertEachHasItsOwn(acme, MANUAL);

    assertThat(replaceBoth(acme, MANUAL, "three", "one")).isEqualTo(new Replaced(0, 2, 1, 0));
    assertThat(replaceBoth(acme, MANUAL, "three", "one")).isEqualTo(new Replaced(2, 0, 0, 0));
    assertEachHasItsOwn(acme, MANUAL);
  }

  @Test
  void a_replacement_gives_a_document_the_embeddings_that_it_lacks(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    OLD.replace(acme, MANUAL, pieces("one", "two"), this::oldModel);
    assertThat(replaceBoth(acme, MANUAL, "one", "two")).isEqualTo(new Replaced(0, 2, 0, 2));
    assertEachHasItsOwn(acme, MANUAL);
  }

  @Test
  void who_replaces_with_the_old_model_alone_leaves_the_rest_to_the_back_fill(
      TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replaceBoth(acme, MANUAL, "one", "two", "three");
    OLD.replace(acme, MANUAL, pieces("one", "three", "four"), this::oldModel);
    OLD.replace(tenants.as(BOLT), MANUAL, pieces("of another tenant"), this::oldModel);

    assertThat(NEW.find(acme, MANUAL).get(0).embedding()).isNotNull();
    assertThat(NEW.find(acme, MANUAL).get(1).embedding()).isNull();
    assertThat(change.chunks().backfill(acme).left()).isEqualTo(2);
    change.chunks().backfill(acme).batch(1).run();
    assertEachHasItsOwn(acme, MANUAL);
    assertThat(change.chunks().backfill(tenants.as(BOLT)).left()).isEqualTo(1);
  }

  @Test
  void behind_the_switch_the_new_model_writes_alone_and_both_lead_back(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    replaceBoth(acme, MANUAL, "one", "two");
    try (Database owner = owner(made)) {
      change.chunks().cutOver(owner);
      NEW.replace(acme, MANUAL, pieces("one", "three"), this::newModel);
      NEW.replace(acme, LETTER, pieces("four"), this::newModel);
      assertThat(foundByNew(acme, "four")).containsExactly("four");
      assertThatThrownBy(() -> change.chunks().rollBack(owner))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("DocumentModelChange.replace");

      replaceBoth(acme, MANUAL, "one", "three");
      replaceBoth(acme, LETTER, "four");
      change.chunks().rollBack(owner);
    }
    assertEachHasItsOwn(acme, MANUAL);
    assertEachHasItsOwn(acme, LETTER);
    OLD.replace(acme, LETTER, pieces("five"), this::oldModel);
    assertThat(OLD.find(acme, LETTER)).extracting(Chunk::text).containsExactly("five");
  }

  @Test
  void the_old_model_ends_and_documents_go_on(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    replaceBoth(acme, MANUAL, "one", "two");
    try (Database owner = owner(made)) {
      change.chunks().cutOver(owner);
      owner.migrate(Migrations.named("ends").script("V1__end.sql", change.chunks().finishSql()));
    }
    assertThat(NEW.replace(acme, MANUAL, pieces("two", "three"), this::newModel))
        .isEqualTo(new Replaced(0, 2, 0, 1));
    assertThat(foundByNew(acme, "three")).containsExactly("three");
    assertThatThrownBy(() -> replaceBoth(acme, MANUAL, "four"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("passages has no column embedding");
    assertThat(NEW.delete(acme, MANUAL)).isEqualTo(2);
  }

  @Test
  void a_model_that_fails_or_makes_another_space_changes_nothing(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replaceBoth(acme, MANUAL, "one");
    DocumentModelChange<IOException> failing =
        DocumentModelChange.of(
            OLD,
            NEW,
            text -> {
              throw new IOException("no route to the model");
            });
    assertThatThrownBy(() -> failing.replace(acme, MANUAL, pieces("two"), this::oldModel))
        .isInstanceOf(IOException.class);
    DocumentModelChange<RuntimeException> misfit =
        DocumentModelChange.of(OLD, NEW, text -> new float[] {1});
    assertThatThrownBy(() -> misfit.replace(acme, MANUAL, pieces("one", "two"), this::oldModel))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("piece 1");
    assertThat(OLD.find(acme, MANUAL)).extracting(Chunk::text).containsExactly("one");
    assertEachHasItsOwn(acme, MANUAL);
  }

  @Test
  void replacements_and_a_back_fill_at_once_leave_each_chunk_with_its_own(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    AtomicInteger left = new AtomicInteger(3);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<CompletableFuture<Void>> writers =
          IntStream.range(0, 3)
              .mapToObj(
                  writer ->
                      CompletableFuture.runAsync(
                          () -> {
                            try {
                              for (int i = 0; i < 30; i++) {
                                write(acme, writer, i);
                              }
                            } finally {
                              left.decrementAndGet();
                            }
                          },
                          threads))
              .toList();
      CompletableFuture<Void> filler =
          CompletableFuture.runAsync(
              () -> {
                while (left.get() > 0) {
                  change.chunks().backfill(acme).batch(3).run();
                }
              },
              threads);
      writers.forEach(CompletableFuture::join);
      filler.join();
    } finally {
      threads.shutdownNow();
    }
    change.chunks().backfill(acme).run();
    assertEachHasItsOwn(acme, MANUAL);
  }

  /** Every other time as an instance that does not know of the new model yet. */
  private void write(TenantSession session, int writer, int round) {
    String[] texts =
        IntStream.range(0, 4)
            .mapToObj(i -> "text " + (writer + round * i) % 7)
            .toArray(String[]::new);
    if (round % 2 == 0) {
      replaceBoth(session, MANUAL, texts);
    } else {
      OLD.replace(session, MANUAL, pieces(texts), this::oldModel);
    }
  }

  @Test
  void a_refused_replacement_leaves_the_transaction_of_the_caller(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replaceBoth(acme, MANUAL, "one");
    acme.transaction(
        transaction -> {
          replaceBoth(transaction, LETTER, "kept");
          assertThatThrownBy(
                  () ->
                      change.replace(
                          transaction, MANUAL, pieces("one", "two"), text -> new float[8]))
              .isInstanceOf(InvalidDataException.class);
        });
    assertEachHasItsOwn(acme, MANUAL);
    assertEachHasItsOwn(acme, LETTER);
  }

  @Test
  void models_overlap_over_chunks(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replaceBoth(
        acme, MANUAL, IntStream.range(0, 20).mapToObj(i -> "text " + i).toArray(String[]::new));
    assertThat(change.chunks().overlap(acme, 5, 3).queries()).isEqualTo(5);
    assertThatThrownBy(() -> change.chunks().overlap(acme, 0, 3))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("queries of 0");
    assertThatThrownBy(() -> change.chunks().overlap(acme, 5, 0))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("top of 0");
  }

  @Test
  void documents_that_do_not_share_chunks_are_refused() {
    DocumentRepository elsewhere = DocumentRepository.of("letters", VectorSpace.cosine(8));
    assertThatThrownBy(() -> DocumentModelChange.of(elsewhere, NEW, this::newModel))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the tables are");
    assertThatThrownBy(() -> DocumentModelChange.of(OLD, OLD, this::newModel))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("embedding");
    assertThatThrownBy(
            () ->
                DocumentModelChange.of(
                    OLD,
                    NEW,
                    ((Embedder<RuntimeException>) this::newModel)
                        .of(new VectorSpace.Model("worse", "1"))))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("worse");
    for (String taken :
        List.of("embedding", "text", "tenant_id", "", "xmin", "a\u0000b", "é".repeat(32))) {
      assertThatThrownBy(() -> OLD.embeddedIn(taken, VectorSpace.cosine(8)))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("that no other has");
    }
  }
}
