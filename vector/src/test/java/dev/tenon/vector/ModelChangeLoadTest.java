package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.ModelChangeTest.NewPage;
import dev.tenon.vector.ModelChangeTest.Page;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Many rows at once while a table goes from one model to another. */
@TenonTest(schema = ModelChangeTest.Schema.class)
final class ModelChangeLoadTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  record Bits(int id, BinaryEmbedding bits) {}

  private static final VectorRepository<Page> OLD =
      VectorRepository.of("pages", Page.class, VectorSpace.cosine(8));
  private static final VectorRepository<NewPage> NEW =
      VectorRepository.of("pages", NewPage.class, VectorSpace.l2(12).half());
  private static final ModelChange<Page, NewPage, RuntimeException> CHANGE =
      ModelChange.of(OLD, NEW, ModelChangeLoadTest::embedded);

  private static Page page(int id, String text) {
    return new Page(id, text, Embedding.of(Vectors.random(text.hashCode(), 8)));
  }

  private static Stream<Page> pages(int count) {
    return IntStream.range(0, count).mapToObj(i -> page(i, "text " + i));
  }

  private static float[] better(String text) {
    return Vectors.random(31L * text.hashCode(), 12);
  }

  private static List<NewPage> embedded(List<Page> pages) {
    return pages.stream()
        .map(page -> new NewPage(page.id(), page.text(), Embedding.of(better(page.text()))))
        .toList();
  }

  private static List<Integer> found(TenantSession session, String text) {
    return NEW.search(session, better(text)).top(1).exact().fetch().hits().stream()
        .filter(hit -> hit.distance() < 0.01)
        .map(hit -> hit.record().id())
        .toList();
  }

  private static List<Page> stored(TenantSession session) {
    return OLD.search(session, Vectors.random(3, 8)).exact().top(10_000).fetch().records();
  }

  @Test
  void a_load_writes_both_embeddings_of_each_row(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    AtomicBoolean closed = new AtomicBoolean();
    assertThat(CHANGE.load(acme, pages(2_500).onClose(() -> closed.set(true)))).isEqualTo(2_500);
    assertThat(closed).isTrue();
    assertThat(CHANGE.backfill(acme).left()).isZero();
    assertThat(found(acme, "text 0")).containsExactly(0);
    assertThat(found(acme, "text 2499")).containsExactly(2_499);
    assertThat(stored(acme)).hasSize(2_500).contains(page(1_700, "text 1700"));

    List<Page> again = List.of(page(0, "again 0"), page(9_000, "new"));
    assertThat(CHANGE.upsertAll(acme, again)).isEqualTo(2);
    assertThat(CHANGE.backfill(acme).left()).isZero();
    assertThat(found(acme, "again 0")).containsExactly(0);
    assertThat(found(acme, "text 0")).isEmpty();
    assertThat(stored(acme)).containsAll(again);
  }

  @Test
  void of_records_with_the_same_id_the_last_wins_with_both(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    List<Page> twice = List.of(page(1, "first"), page(2, "other"), page(1, "second"));
    assertThat(CHANGE.upsertAll(acme, twice)).isEqualTo(3);
    assertThat(CHANGE.load(acme, Stream.of(page(3, "a"), page(3, "b")))).isEqualTo(2);
    assertThat(stored(acme))
        .containsExactlyInAnyOrder(page(1, "second"), page(2, "other"), page(3, "b"));
    assertThat(found(acme, "second")).containsExactly(1);
    assertThat(found(acme, "b")).containsExactly(3);
    assertThat(found(acme, "first")).isEmpty();
  }

  @Test
  void bits_are_loaded_beside_the_old_embedding(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    ModelChange<Page, Bits, RuntimeException> bits =
        ModelChange.of(
            OLD,
            VectorRepository.of("pages", Bits.class, VectorSpace.hamming(8)),
            pages ->
                pages.stream()
                    .map(p -> new Bits(p.id(), BinaryEmbedding.ofSigns(p.embedding().toArray())))
                    .toList());
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.migrate(Migrations.named("bits").script("V1__bits.sql", bits.addSql()));
    }
    assertThat(bits.load(acme, pages(1_200))).isEqualTo(1_200);
    assertThat(bits.backfill(acme).left()).isZero();
    Page last = page(1_199, "text 1199");
    assertThat(
            acme.sql()
                .fetchSingle("select bits = binary_quantize(embedding) from pages where id = 1199")
                .get(0, Boolean.class))
        .isTrue();
    assertThat(stored(acme)).contains(last);
  }

  /** The trigger would take one for stale, as of a writer who knows of one alone. */
  @Test
  void both_are_written_where_the_new_model_makes_the_same_of_another_text(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    ModelChange<Page, NewPage, RuntimeException> coarse =
        ModelChange.of(
            OLD,
            NEW,
            pages ->
                pages.stream()
                    .map(p -> new NewPage(p.id(), p.text(), Embedding.of(better("all"))))
                    .toList());
    coarse.upsertAll(acme, List.of(page(1, "first")));
    coarse.upsertAll(acme, List.of(page(1, "second")));
    assertThat(coarse.backfill(acme).left()).isZero();
    acme.transaction(
        transaction -> {
          coarse.load(transaction, Stream.of(page(1, "third")));
          assertThat(coarse.backfill(transaction).left()).isZero();
          OLD.upsert(transaction, page(1, "of the old model alone"));
          assertThat(coarse.backfill(transaction).left()).isEqualTo(1);
        });
  }

  @Test
  void nothing_is_written_where_the_model_fails_half_way(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    ModelChange<Page, NewPage, IOException> failing =
        ModelChange.of(
            OLD,
            NEW,
            pages -> {
              if (pages.get(0).id() >= 2_000) {
                throw new IOException("the model is away");
              }
              return embedded(pages);
            });
    assertThatThrownBy(() -> failing.load(acme, pages(2_500)))
        .isInstanceOf(IOException.class)
        .hasMessage("the model is away");
    assertThatThrownBy(() -> failing.upsertAll(acme, pages(2_500).toList()))
        .isInstanceOf(IOException.class);
    assertThat(stored(acme)).isEmpty();

    acme.transaction(
        transaction -> {
          assertThatThrownBy(() -> failing.load(transaction, pages(2_500)))
              .isInstanceOf(IOException.class);
          CHANGE.upsert(transaction, page(1, "the transaction goes on"));
        });
    assertThat(stored(acme)).containsExactly(page(1, "the transaction goes on"));
  }

  @Test
  void a_refused_record_is_named_by_its_position_and_upsertAll_asks_no_model_before(
      TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Page misfit = new Page(7, "of two dimensions", Embedding.of(1, 1));
    List<Page> records = new ArrayList<>(pages(300).toList());
    records.add(misfit);
    AtomicBoolean asked = new AtomicBoolean();
    ModelChange<Page, NewPage, RuntimeException> watched =
        ModelChange.of(
            OLD,
            NEW,
            pages -> {
              asked.set(true);
              return embedded(pages);
            });
    assertThatThrownBy(() -> watched.upsertAll(acme, records))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("ModelChange.upsertAll, record 300");
    assertThat(watched.upsertAll(acme, List.of())).isZero();
    assertThat(asked).isFalse();
    assertThatThrownBy(() -> watched.load(acme, records.stream()))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("ModelChange.load, record 300");
    ModelChange<Page, NewPage, RuntimeException> lying =
        ModelChange.of(
            OLD,
            NEW,
            pages ->
                pages.stream()
                    .map(p -> new NewPage(p.id(), p.text(), Embedding.of(better("x"))))
                    .map(p -> p.id() < 250 ? p : new NewPage(p.id(), p.text(), Embedding.of(1)))
                    .toList());
    assertThatThrownBy(() -> lying.load(acme, pages(300)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("record 250");
    assertThat(stored(acme)).isEmpty();
  }

  @Test
  void the_model_is_given_some_at_a_time(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    List<Integer> given = new ArrayList<>();
    ModelChange<Page, NewPage, RuntimeException> counting =
        ModelChange.of(
            OLD,
            NEW,
            pages -> {
              given.add(pages.size());
              return embedded(pages);
            });
    counting.upsertAll(acme, pages(450).toList());
    assertThat(given).containsExactly(200, 200, 50);
  }

  @Test
  void a_model_that_mixes_up_its_rows_is_refused_before_anything_is_written(
      TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    OLD.load(acme, pages(2));
    for (ModelChange<Page, NewPage, RuntimeException> wrong :
        List.<ModelChange<Page, NewPage, RuntimeException>>of(
            ModelChange.of(OLD, NEW, pages -> List.of()),
            ModelChange.of(
                OLD,
                NEW,
                pages -> embedded(Collections.nCopies(pages.size(), page(7, "another")))))) {
      for (ThrowingCallable call :
          List.<ThrowingCallable>of(
              () -> wrong.backfill(acme).run(),
              () -> wrong.upsertAll(acme, pages(2).toList()),
              () -> wrong.load(acme, pages(2)))) {
        assertThatThrownBy(call)
            .isInstanceOf(UsageException.class)
            .hasMessageContaining("the model gave other records than it was given");
      }
    }
    assertThat(CHANGE.backfill(acme).left()).isEqualTo(2);
  }
}
