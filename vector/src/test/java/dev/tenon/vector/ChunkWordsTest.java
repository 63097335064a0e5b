package dev.tenon.vector;

import static dev.tenon.vector.ChunkWords.ACME;
import static dev.tenon.vector.ChunkWords.BOLT;
import static dev.tenon.vector.ChunkWords.DOCUMENTS;
import static dev.tenon.vector.ChunkWords.ODD;
import static dev.tenon.vector.ChunkWords.TEXT;
import static dev.tenon.vector.ChunkWords.WORDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.core.search.Facets;
import dev.tenon.core.search.Facets.Count;
import dev.tenon.core.search.TextHit;
import dev.tenon.core.search.TextQuery;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import dev.tenon.vector.ChunkWords.Passage;
import dev.tenon.vector.DocumentRepository.Piece;
import java.util.List;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.JSONB;
import org.junit.jupiter.api.Test;

/** Chunks that are found by their words, each in the language that its attribute tells. */
@TenonTest(schema = ChunkWords.class)
class ChunkWordsTest {

  private static final UUID MANUAL = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b21");
  private static final UUID OTHER = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b22");

  private static final Field<String> LANGUAGE = Chunk.attribute("language");
  private static final Field<String> SOURCE = Chunk.attribute("source");

  private static Piece piece(String text, String attributes) {
    return new Piece(0, 1, text, JSONB.valueOf(attributes));
  }

  private static Piece in(String language, String text) {
    return piece(text, "{\"language\": \"" + language.replace("\\", "\\\\") + "\"}");
  }

  private static Piece from(String source, String text) {
    return piece(text, "{\"language\": \"en\", \"source\": " + source + "}");
  }

  private static void replace(Session session, UUID document, Piece... pieces) {
    var unused =
        DOCUMENTS.replace(session, document, List.of(pieces), text -> near(text.hashCode()));
  }

  private static float[] near(int seed) {
    return Vectors.random(seed, 8);
  }

  private static List<String> texts(TextQuery<Passage> query) {
    return query.fetch().records().stream().map(Passage::text).toList();
  }

  @Test
  void each_chunk_is_asked_in_its_own_language(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(
        acme,
        MANUAL,
        in("en", "running disks"),
        in("de", "running Häuser"),
        in(ODD, "running"),
        in("de", "a run"));

    assertThat(texts(WORDS.search(acme, "run")))
        .containsExactlyInAnyOrder("running disks", "a run");
    assertThat(texts(WORDS.search(acme, "Haus"))).containsExactly("running Häuser");
    assertThat(texts(WORDS.search(acme, "running")))
        .containsExactlyInAnyOrder("running disks", "running Häuser", "running");
    assertThat(texts(WORDS.search(acme, "running").where(LANGUAGE.eq(ODD))))
        .containsExactly("running");
    assertThat(WORDS.search(acme, "und").fetch().emptyQuery()).isFalse();
    assertThat(WORDS.prefix(acme, "häu").fetch().matches()).isEqualTo(1);
    assertThat(acme.sql().selectCount().from("passages").where(WORDS.condition("haus")).fetchOne(0))
        .isEqualTo(1);
  }

  @Test
  void a_headline_marks_words_in_the_language_of_the_chunk(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, MANUAL, in("de", "viele Häuser"), in("en", "he is running"));

    TextQuery<Passage> query = WORDS.search(acme, "haus or runs").headline(TEXT);

    assertThat(query.fetch().hits())
        .extracting(hit -> hit.headline().orElseThrow().html())
        .containsExactlyInAnyOrder("viele <mark>Häuser</mark>", "he is <mark>running</mark>");
    record Id(UUID id) {}
    assertThat(query.into(Id.class).fetch().hits())
        .extracting(TextHit::headline)
        .allMatch(headline -> headline.orElseThrow().html().contains("<mark>"));
  }

  @Test
  void a_chunk_that_changes_its_language_is_found_in_the_new_one(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, MANUAL, in("en", "disks"));
    assertThat(WORDS.search(acme, "disk").fetch().matches()).isEqualTo(1);

    replace(acme, MANUAL, in(ODD, "disks"));

    assertThat(WORDS.search(acme, "disk").fetch().matches()).isZero();
    assertThat(WORDS.search(acme, "disks").fetch().matches()).isEqualTo(1);
  }

  @Test
  void a_chunk_in_no_declared_language_is_refused_and_its_document_stays(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, MANUAL, in("en", "disks"));
    List<Chunk> before = DOCUMENTS.find(acme, MANUAL);

    for (String attributes :
        List.of(
            "{}",
            "{\"Language\": \"en\"}",
            "{\"language\": null}",
            "{\"language\": \"\"}",
            "{\"language\": \"EN\"}",
            "{\"language\": \"fr\"}",
            "{\"language\": \"'en'\"}",
            "{\"language\": 1}",
            "{\"language\": [\"en\"]}",
            "{\"about\": {\"language\": \"en\"}}")) {
      assertThatThrownBy(
              () -> replace(acme, MANUAL, in("de", "Platten"), piece("other", attributes)))
          .as(attributes)
          .isInstanceOfSatisfying(
              InvalidDataException.class,
              error -> assertThat(error.constraint()).hasValue("passages_search_language"));
    }
    assertThat(DOCUMENTS.find(acme, MANUAL)).isEqualTo(before);
  }

  @Test
  void facets_count_chunks_by_the_text_of_an_attribute(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(
        acme,
        MANUAL,
        from("\"wiki\"", "disk one"),
        from("\"wiki\"", "disk two"),
        from("\"o'wiki ?\"", "disk three"),
        from("7", "disk four"),
        from("[\"a\", \"b\"]", "disk five"),
        from("null", "disk six"),
        in("en", "disk seven"),
        from("\"wiki\"", "cable"));

    Facets facets = WORDS.search(acme, "disk").top(1).ranked(1).facets(SOURCE);

    assertThat(facets.of(SOURCE).counts())
        .containsExactly(
            new Count<>("wiki", 2),
            new Count<>(null, 2),
            new Count<>("7", 1),
            new Count<>("[\"a\", \"b\"]", 1),
            new Count<>("o'wiki ?", 1));
    assertThat(facets.of(Chunk.attribute("source"))).isEqualTo(facets.of(SOURCE));
  }

  @Test
  void an_attribute_is_told_from_a_column_of_its_name(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(
        acme, MANUAL, piece("disk", "{\"language\": \"en\", \"document_id\": \"not an UUID\"}"));
    Field<String> attribute = Chunk.attribute("document_id");

    Facets facets = WORDS.search(acme, "disk").facets(Chunk.DOCUMENT_ID, attribute, SOURCE);

    assertThat(facets.of(Chunk.DOCUMENT_ID).counts()).containsExactly(new Count<>(MANUAL, 1));
    assertThat(facets.of(attribute).counts()).containsExactly(new Count<>("not an UUID", 1));
    assertThat(facets.of(SOURCE).counts()).containsExactly(new Count<>(null, 1));
  }

  @Test
  void attributes_that_were_not_declared_are_not_counted(TenantDatabase tenants) {
    TextQuery<Passage> query = WORDS.search(tenants.as(ACME), "disk");

    assertThatThrownBy(() -> query.facets(LANGUAGE))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("[attributes ->> 'language'] were asked for")
        .hasMessageContaining("attributes ->> 'source', attributes ->> 'document_id', document_id");
    assertThatThrownBy(() -> query.facets(SOURCE).of(LANGUAGE))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("attributes ->> 'language' was not counted");
    assertThatThrownBy(() -> query.headline(LANGUAGE)).isInstanceOf(UsageException.class);
  }

  @Test
  void filters_by_attributes_hold_for_hits_and_counts(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(
        acme,
        MANUAL,
        piece("disk one", "{\"language\": \"en\", \"source\": \"wiki\", \"readers\": [\"ops\"]}"),
        piece("disk two", "{\"language\": \"en\", \"source\": \"wiki\", \"readers\": [\"dev\"]}"),
        piece("disk three", "{\"language\": \"en\", \"readers\": [\"ops\", \"dev\"]}"));

    TextQuery<Passage> query =
        WORDS
            .search(acme, "disk")
            .where(Chunk.ATTRIBUTES.contains(JSONB.valueOf("{\"readers\": [\"ops\"]}")));

    assertThat(texts(query)).containsExactlyInAnyOrder("disk one", "disk three");
    assertThat(query.facets(SOURCE).of(SOURCE).counts())
        .containsExactly(new Count<>("wiki", 1), new Count<>(null, 1));
    assertThat(texts(query.where(SOURCE.isNull()))).containsExactly("disk three");
    assertThat(texts(query.where(SOURCE.eq("' or true --")))).isEmpty();
    assertThatThrownBy(() -> query.where(Chunk.attribute("a\0").eq("b")).fetch())
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  void words_in_their_languages_are_fused_with_vectors(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(
        acme, MANUAL, in("de", "Häuser"), in("en", "houses"), from("\"wiki\"", "a house of disks"));

    HybridSearch<Chunk> hybrid =
        DOCUMENTS
            .chunks()
            .search(acme, near(1))
            .fusedWith(WORDS.search(acme, "haus or disk"))
            .weights(0.001, 1);

    List<HybridHit<Chunk>> hits = hybrid.fetch().hits();
    assertThat(hits)
        .filteredOn(hit -> hit.textRank().isPresent())
        .extracting(hit -> hit.record().text())
        .containsExactlyInAnyOrder("Häuser", "a house of disks");
    assertThat(hits).hasSize(3);
    assertThat(hybrid.where(SOURCE.eq("wiki")).fetch().records())
        .extracting(Chunk::text)
        .containsExactly("a house of disks");
  }

  @Test
  void finds_and_counts_nothing_of_another_tenant(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, MANUAL, from("\"wiki\"", "disk"));
    for (int i = 0; i < 3; i++) {
      replace(tenants.as(BOLT), new UUID(7, i), from("\"secret\"", "disk"), in("de", "disk"));
    }

    for (TextQuery<Passage> query :
        List.of(
            WORDS.search(acme, "disk"),
            WORDS.prefix(acme, "di"),
            WORDS.search(acme, "disk").where(SOURCE.isNull().or(SOURCE.isNotNull())))) {
      assertThat(texts(query)).containsExactly("disk");
      assertThat(query.facets(SOURCE).of(SOURCE).counts()).containsExactly(new Count<>("wiki", 1));
    }
    assertThat(WORDS.search(tenants.as(BOLT), "disk").fetch().matches()).isEqualTo(6);
    assertThat(WORDS.search(tenants.as(OTHER), "disk").facets(SOURCE).of(SOURCE).counts())
        .isEmpty();
  }

  @Test
  void hits_and_counts_take_one_round_trip_each(TenantDatabase tenants, QueryLog queries) {
    TenantSession acme = tenants.as(ACME);
    WORDS.search(acme, "disk").facets(SOURCE);
    queries.clear();

    WORDS.search(acme, "disk").facets(SOURCE, Chunk.DOCUMENT_ID);
    WORDS.search(acme, "disk").headline(TEXT).fetch();

    assertThat(queries).hasSelects(2).hasRoundTrips(2);
  }
}
