package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.DocumentRepository.Piece;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** Where a change of the model of documents could go wrong without a word. */
@TenonTest(schema = DocumentModelEdgesTest.Schema.class)
final class DocumentModelEdgesTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final UUID MANUAL = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b21");

  private static final DocumentRepository OLD =
      DocumentRepository.of("passages", VectorSpace.cosine(8));
  private static final DocumentRepository NEW = OLD.embeddedIn("better", VectorSpace.cosine(12));

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("passages")
              .script("V1__passages.sql", OLD.tableSql() + TenantTable.rls("passages").sql())
              .script("V2__model.sql", change(text -> vector(text, 12)).chunks().addSql()));
    }
  }

  private static DocumentModelChange<RuntimeException> change(Embedder<RuntimeException> model) {
    return DocumentModelChange.of(OLD, NEW, model);
  }

  private static float[] vector(String text, int dimensions) {
    return Vectors.random(text.hashCode(), dimensions);
  }

  private static float[] uncased(String text, int dimensions) {
    return vector(text.toLowerCase(Locale.ROOT), dimensions);
  }

  private static List<Piece> pieces(String... texts) {
    return Stream.of(texts).map(text -> new Piece(0, text.length(), text)).toList();
  }

  /** As an instance that was deployed before the change, which says nothing of what it writes. */
  private static void writtenByOldInstance(Session session, String text) {
    Chunk is = OLD.find(session, MANUAL).get(0);
    OLD.chunks()
        .upsert(
            session,
            new Chunk(
                is.id(),
                is.documentId(),
                is.ordinal(),
                is.fromOffset(),
                is.toOffset(),
                text,
                ChunkRows.hash(text),
                is.attributes(),
                is.embedding()));
  }

  @Test
  void a_text_that_is_the_same_to_the_old_model_takes_the_new_embedding_away(
      TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    DocumentModelChange<RuntimeException> change = change(text -> vector(text, 12));
    change.replace(acme, MANUAL, pieces("the bank US is open"), text -> uncased(text, 8));

    OLD.replace(acme, MANUAL, pieces("the bank us is open"), text -> uncased(text, 8));
    assertThat(NEW.find(acme, MANUAL).get(0).embedding()).isNull();
    change.chunks().backfill(acme).run();
    writtenByOldInstance(acme, "The Bank us is open");
    assertThat(NEW.find(acme, MANUAL).get(0).embedding()).isNull();
    change.chunks().backfill(acme).run();
    assertThat(NEW.find(acme, MANUAL).get(0).embedding())
        .isEqualTo(Embedding.of(vector("The Bank us is open", 12)));
  }

  @Test
  void a_text_that_is_the_same_to_the_new_model_takes_the_old_embedding_away(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    DocumentModelChange<RuntimeException> change = change(text -> uncased(text, 12));
    change.replace(acme, MANUAL, pieces("the bank US is open"), text -> vector(text, 8));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      change.chunks().cutOver(owner);
      NEW.replace(acme, MANUAL, pieces("the bank us is open"), text -> uncased(text, 12));
      assertThat(OLD.find(acme, MANUAL).get(0).embedding()).isNull();
      assertThat(NEW.find(acme, MANUAL).get(0).embedding()).isNotNull();

      change.replace(acme, MANUAL, pieces("the bank us is open"), text -> vector(text, 8));
      change.chunks().rollBack(owner);
    }
    assertThat(OLD.find(acme, MANUAL).get(0).embedding())
        .isEqualTo(Embedding.of(vector("the bank us is open", 8)));
  }

  @Test
  void both_stay_where_both_are_written_and_either_model_makes_the_same(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    DocumentModelChange<RuntimeException> change = change(text -> uncased(text, 12));
    change.replace(acme, MANUAL, pieces("US"), text -> uncased(text, 8));
    change.replace(acme, MANUAL, pieces("us"), text -> uncased(text, 8));
    assertThat(OLD.find(acme, MANUAL).get(0).embedding()).isNotNull();
    assertThat(NEW.find(acme, MANUAL).get(0).embedding()).isNotNull();
  }

  @Test
  void back_fills_at_once_begin_at_different_rows(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    String[] texts =
        Stream.iterate(0, i -> i < 400, i -> i + 1).map(i -> "text " + i).toArray(String[]::new);
    OLD.replace(acme, MANUAL, pieces(texts), text -> vector(text, 8));
    Set<String> first = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      List<String> asked = new ArrayList<>();
      DocumentModelChange<RuntimeException> change =
          change(
              text -> {
                asked.add(text);
                throw new IllegalStateException("the model is not there");
              });
      assertThatThrownBy(() -> change.chunks().backfill(acme).batch(1).run())
          .isInstanceOf(IllegalStateException.class);
      first.addAll(asked);
    }
    assertThat(first).hasSizeGreaterThan(10);
  }

  @Test
  void a_back_fill_reads_rows_by_the_key_once_the_migration_has_ended(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    String[] texts =
        Stream.iterate(0, i -> i < 3_000, i -> i + 1).map(i -> "text " + i).toArray(String[]::new);
    OLD.replace(acme, MANUAL, pieces(texts), text -> vector(text, 8));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.sql().execute("analyze passages");
    }
    ModelChangeSql sql = new ModelChangeSql(OLD.chunks().table(), NEW.chunks().table());
    String plan =
        String.join(
            "\n",
            acme.sql()
                .resultQuery(
                    "explain (analyze, costs off, timing off) "
                        + sql.lacking(false, 10)
                            .replace("?", DSL.inline(ACME).toString() + "::uuid"))
                .fetch(0, String.class));
    assertThat(plan).contains("Index Scan").doesNotContain("Seq Scan");
    assertThat(plan).doesNotContain("rows=3000");
  }

  @Test
  void a_replacement_that_another_overtook_in_a_repeatable_transaction_can_be_tried_again(
      TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    assertThatThrownBy(
            () ->
                acme.transaction(
                    Transaction.Options.defaults()
                        .withIsolation(Transaction.Options.Isolation.REPEATABLE_READ),
                    transaction -> {
                      OLD.find(transaction, MANUAL);
                      OLD.replace(acme, MANUAL, pieces("one", "two"), text -> vector(text, 8));
                      OLD.replace(transaction, MANUAL, pieces("three"), text -> vector(text, 8));
                    }))
        .isInstanceOf(RetryableException.class);
    assertThat(OLD.find(acme, MANUAL)).extracting(Chunk::text).containsExactly("one", "two");
  }

  @Test
  void a_table_has_one_lock_for_a_document_however_it_is_named(TenantDatabase tenants) {
    DocumentRepository qualified =
        DocumentRepository.of(DSL.table(DSL.name("public", "passages")), VectorSpace.cosine(8));
    TenantSession acme = tenants.as(ACME);
    for (int i = 0; i < 20; i++) {
      String round = " " + i;
      UUID document = UuidV7.next();
      Stream.of(OLD, qualified)
          .parallel()
          .forEach(
              documents -> {
                String name = documents == OLD ? "one" : "other";
                documents.replace(
                    acme, document, pieces(name + round, name), text -> vector(text, 8));
              });
      assertThat(OLD.find(acme, document))
          .hasSize(2)
          .satisfies(
              chunks -> assertThat(chunks.get(0).text()).isEqualTo(chunks.get(1).text() + round));
    }
  }

  @Test
  void a_switch_that_was_killed_is_mended_by_the_way_back(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    DocumentModelChange<RuntimeException> change = change(text -> vector(text, 12));
    change.replace(acme, MANUAL, pieces("one"), text -> vector(text, 8));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner
          .sql()
          .execute(
              "alter table passages add constraint passages_better_is check (better is not null)"
                  + " not valid");
      assertThatThrownBy(() -> OLD.replace(acme, MANUAL, pieces("two"), text -> vector(text, 8)))
          .isInstanceOf(InvalidDataException.class);
      change.chunks().rollBack(owner);
    }
    OLD.replace(acme, MANUAL, pieces("two"), text -> vector(text, 8));
    assertThat(OLD.find(acme, MANUAL)).extracting(Chunk::text).containsExactly("two");
  }

  @Test
  void names_that_the_server_would_cut_are_told_apart() {
    DocumentRepository old =
        DocumentRepository.of("customer_support_conversation_transcript_chunks", VectorSpace.l2(8));
    ModelChangeSql sql =
        new ModelChangeSql(
            old.chunks().table(),
            old.embeddedIn("embedding_bge_m3", VectorSpace.cosine(8)).chunks().table());
    String has =
        FittedNames.of(
            "customer_support_conversation_transcript_chunks_embedding_bge_m3_has_direction");
    assertThat(sql.add()).contains("add constraint \"" + has + "\" check");
    assertThat(sql.dropChecks()).doesNotContain(has);
  }
}
