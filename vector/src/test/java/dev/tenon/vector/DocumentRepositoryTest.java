package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.vector.DocumentRepository.Piece;
import dev.tenon.vector.DocumentRepository.Replaced;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Documents, their chunks, and which texts a model sees. */
@TenonTest(schema = DocumentRepositoryTest.Schema.class)
final class DocumentRepositoryTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final UUID OTHER = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b12");
  private static final UUID MANUAL = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b21");

  private static final DocumentRepository DOCUMENTS =
      DocumentRepository.of("passages", VectorSpace.cosine(8));

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
              .script(
                  "V1__passages.sql",
                  DOCUMENTS.tableSql()
                      + DOCUMENTS.chunks().indexSql()
                      + TenantTable.rls("passages").sql()));
    }
  }

  /** What the model was asked, in its order. */
  private final List<String> asked = new ArrayList<>();

  private synchronized float[] model(String text) {
    asked.add(text);
    return vector(text);
  }

  private static float[] vector(String text) {
    return Vectors.random(text.hashCode(), 8);
  }

  private static List<Piece> pieces(String... texts) {
    List<Piece> pieces = new ArrayList<>();
    int from = 0;
    for (String text : texts) {
      pieces.add(new Piece(from, from + text.length(), text));
      from += text.length();
    }
    return pieces;
  }

  private static List<String> texts(TenantSession session, UUID document) {
    return DOCUMENTS.find(session, document).stream().map(Chunk::text).toList();
  }

  private Replaced replace(TenantSession session, String... texts) {
    return DOCUMENTS.replace(session, MANUAL, pieces(texts), this::model);
  }

  @Test
  void chunks_have_their_place_their_hash_and_their_embedding(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    assertThat(replace(acme, "one ", "two ", "three")).isEqualTo(new Replaced(0, 3, 0, 3));

    List<Chunk> chunks = DOCUMENTS.find(acme, MANUAL);
    assertThat(chunks).extracting(Chunk::ordinal).containsExactly(0, 1, 2);
    assertThat(chunks.get(1).fromOffset()).isEqualTo(4);
    assertThat(chunks.get(1).toOffset()).isEqualTo(8);
    assertThat(chunks.get(1).documentId()).isEqualTo(MANUAL);
    assertThat(chunks.get(1).embedding()).isEqualTo(Embedding.of(vector("two ")));
    assertThat(chunks.get(2).hash())
        .isEqualTo("8b5b9db0c13db24256c829aa364aa90c6d2eba318b9232a4ab9313b954d3555f");
    assertThat(DOCUMENTS.chunks().search(acme, vector("three")).top(1).fetch().records())
        .extracting(Chunk::text)
        .containsExactly("three");
  }

  @Test
  void the_model_sees_only_texts_that_are_new(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, "one ", "two ", "one ", "three");
    List<Chunk> before = DOCUMENTS.find(acme, MANUAL);
    assertThat(asked).containsExactly("one ", "two ", "three");
    asked.clear();

    assertThat(replace(acme, "one ", "new ", "one ", "two ")).isEqualTo(new Replaced(2, 2, 0, 1));
    assertThat(asked).containsExactly("new ");
    List<Chunk> after = DOCUMENTS.find(acme, MANUAL);
    assertThat(after).extracting(Chunk::text).containsExactly("one ", "new ", "one ", "two ");
    assertThat(after.get(0)).isEqualTo(before.get(0));
    assertThat(after.get(3).embedding()).isEqualTo(before.get(1).embedding());
  }

  @Test
  void what_is_gone_from_the_end_is_removed_and_nothing_is_written_twice(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, "one ", "two ", "three");
    assertThat(replace(acme, "one ")).isEqualTo(new Replaced(1, 0, 2, 0));
    assertThat(replace(acme, "one ")).isEqualTo(new Replaced(1, 0, 0, 0));
    assertThat(texts(acme, MANUAL)).containsExactly("one ");
    assertThat(replace(acme)).isEqualTo(new Replaced(0, 0, 1, 0));
    assertThat(texts(acme, MANUAL)).isEmpty();
  }

  @Test
  void a_document_is_removed_with_its_chunks_and_no_other(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    UUID second = UUID.randomUUID();
    replace(acme, "one ", "two ");
    replace(tenants.as(OTHER), "of another");
    DOCUMENTS.replace(acme, second, pieces("kept"), this::model);

    assertThat(DOCUMENTS.delete(acme, MANUAL)).isEqualTo(2);
    assertThat(texts(acme, MANUAL)).isEmpty();
    assertThat(texts(acme, second)).containsExactly("kept");
    assertThat(texts(tenants.as(OTHER), MANUAL)).containsExactly("of another");
  }

  @Test
  void a_model_that_fails_changes_nothing(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, "one ", "two ");
    assertThatThrownBy(
            () ->
                DOCUMENTS.<IOException>replace(
                    acme,
                    MANUAL,
                    pieces("one ", "new"),
                    text -> {
                      throw new IOException("the model is away");
                    }))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> DOCUMENTS.replace(acme, MANUAL, pieces("new"), text -> new float[3]))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("3 dimensions instead of 8");
    assertThat(texts(acme, MANUAL)).containsExactly("one ", "two ");
  }

  @Test
  void replacements_at_once_leave_the_chunks_of_one_of_them(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<CompletableFuture<Replaced>> running = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        int version = i;
        running.add(
            CompletableFuture.supplyAsync(
                () ->
                    DOCUMENTS.replace(
                        acme,
                        MANUAL,
                        pieces(
                            "common",
                            version + " one",
                            version + " two",
                            "end ".repeat(version + 1)),
                        this::model),
                executor));
      }
      running.forEach(CompletableFuture::join);
    } finally {
      executor.shutdownNow();
    }
    List<Chunk> chunks = DOCUMENTS.find(acme, MANUAL);
    String version = chunks.get(1).text().replace(" one", "");
    assertThat(chunks)
        .extracting(Chunk::text)
        .containsExactly(
            "common",
            version + " one",
            version + " two",
            "end ".repeat(Integer.parseInt(version) + 1));
    for (Chunk chunk : chunks) {
      assertThat(chunk.embedding()).isEqualTo(Embedding.of(vector(chunk.text())));
    }
  }

  @Test
  void a_text_that_went_while_the_model_was_asked_is_asked_for(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, "one ", "two ");
    AtomicInteger calls = new AtomicInteger();
    Replaced replaced =
        DOCUMENTS.replace(
            acme,
            MANUAL,
            pieces("one ", "three"),
            text -> {
              if (calls.getAndIncrement() == 0) {
                DOCUMENTS.delete(acme, MANUAL);
              }
              return vector(text);
            });
    assertThat(replaced).isEqualTo(new Replaced(0, 2, 0, 2));
    assertThat(texts(acme, MANUAL)).containsExactly("one ", "three");
  }

  @Test
  void hostile_texts_are_kept_and_what_cannot_be_stored_is_refused(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    String[] hostile = {"'; drop table passages; --", "\\ \" {0} ? :x", "😀 \u2028\r\n\t", "?"};
    replace(acme, hostile);
    assertThat(texts(acme, MANUAL)).isEqualTo(Arrays.asList(hostile));
    for (String refused : new String[] {"a\0b", "\ud800"}) {
      assertThatThrownBy(() -> replace(acme, refused)).isInstanceOf(InvalidDataException.class);
    }
    assertThatThrownBy(() -> new Piece(3, 2, "x")).isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> new Piece(-1, 2, "x")).isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> new Piece(1, 1, "")).isInstanceOf(InvalidDataException.class);
    assertThat(Piece.of("a document", 2, 5)).isEqualTo(new Piece(2, 5, "doc"));
  }

  @Test
  @SuppressWarnings("NullAway")
  void a_model_without_a_vector_is_refused_and_nothing_written(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    assertThatThrownBy(() -> DOCUMENTS.replace(acme, MANUAL, pieces("one"), text -> null))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the vector is null");
    assertThat(DOCUMENTS.find(acme, MANUAL)).isEmpty();
  }

  @Test
  void a_model_that_takes_many_texts_is_given_200_at_most(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    List<Integer> sizes = new ArrayList<>();
    Embedder<RuntimeException> model =
        new Embedder<>() {
          @Override
          public float[] embed(String text) {
            throw new AssertionError("one text alone");
          }

          @Override
          public List<float[]> embedAll(List<String> texts) {
            sizes.add(texts.size());
            return texts.stream().map(DocumentRepositoryTest::vector).toList();
          }
        };
    String[] texts =
        IntStream.range(0, 450).mapToObj(i -> "text " + i % 430).toArray(String[]::new);
    assertThat(
            DOCUMENTS.replace(
                acme, MANUAL, pieces(texts), model.of(new VectorSpace.Model("many", "1"))))
        .isEqualTo(new Replaced(0, 450, 0, 430));
    assertThat(sizes).containsExactly(200, 200, 30);
    assertThat(DOCUMENTS.find(acme, MANUAL))
        .allSatisfy(
            chunk -> assertThat(chunk.embedding()).isEqualTo(Embedding.of(vector(chunk.text()))));
  }

  @Test
  void a_model_may_use_one_array_for_all_texts(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    float[] array = new float[8];
    DOCUMENTS.replace(
        acme,
        MANUAL,
        pieces("one", "two", "three"),
        text -> {
          System.arraycopy(vector(text), 0, array, 0, array.length);
          return array;
        });
    assertThat(DOCUMENTS.find(acme, MANUAL))
        .allSatisfy(
            chunk -> assertThat(chunk.embedding()).isEqualTo(Embedding.of(vector(chunk.text()))));
  }

  @Test
  void a_model_that_gives_another_number_of_vectors_is_refused(TenantDatabase tenants) {
    Embedder<RuntimeException> model =
        new Embedder<>() {
          @Override
          public float[] embed(String text) {
            return vector(text);
          }

          @Override
          public List<float[]> embedAll(List<String> texts) {
            return List.of(vector("one"));
          }
        };
    assertThatThrownBy(
            () -> DOCUMENTS.replace(tenants.as(ACME), MANUAL, pieces("one", "two"), model))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("1 vectors for 2 texts");
  }
}
