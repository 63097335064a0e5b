package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Migrations;
import dev.tenon.core.UuidV7;
import dev.tenon.core.search.Facets;
import dev.tenon.core.search.TextSearch;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;

/** The snippets of docs/guide/search.md about chunks of documents. */
@TenonTest(schema = ChunkWordsGuideTest.Schema.class)
class ChunkWordsGuideTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  static final DocumentRepository MANUALS =
      DocumentRepository.of("passages", VectorSpace.cosine(384));

  record Passage(UUID id, String text, JSONB attributes) {}

  static final TextSearch<Passage> PASSAGES =
      TextSearch.of("passages", Passage.class)
          .text(DSL.field(DSL.name("text"), SQLDataType.VARCHAR))
          .languageOf(
              Chunk.attribute("language"), Map.of("en", "english", "de", "german", "und", "simple"))
          .facets(Chunk.attribute("source"))
          .build();

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(TenancyMigrations.all(), manuals());
    }
  }

  private static Migrations manuals() {
    return Migrations.named("manuals")
        .script("V1__passages.sql", MANUALS.tableSql())
        .script("V2__passages_words.sql", PASSAGES.addSql())
        .script("R__passages_policy.sql", TenantTable.rls("passages").sql());
  }

  private static float[] model(String text) {
    return Vectors.random(text.hashCode(), 384);
  }

  private static DocumentRepository.Piece piece(String text, String attributes) {
    return new DocumentRepository.Piece(0, text.length(), text, JSONB.valueOf(attributes));
  }

  @Test
  void searches_chunks_by_vector_and_by_words_in_their_languages(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    MANUALS.replace(
        acme,
        UuidV7.next(),
        List.of(
            piece("The disk is full", "{\"language\": \"en\", \"source\": \"wiki\"}"),
            piece("Die Platte ist voll", "{\"language\": \"de\", \"source\": \"wiki\"}"),
            piece("full disks: 3", "{\"language\": \"en\"}"),
            piece("disk.full", "{\"language\": \"und\"}")),
        ChunkWordsGuideTest::model);

    List<Chunk> passages =
        MANUALS
            .chunks()
            .search(acme, "the disk is full", ChunkWordsGuideTest::model)
            .fusedWith(PASSAGES.search(acme, "full disk"))
            .where(Chunk.attribute("source").eq("wiki"))
            .fetch()
            .records();
    assertThat(passages).extracting(Chunk::text).contains("The disk is full").hasSize(2);

    Facets facets = PASSAGES.search(acme, "full disk").facets(Chunk.attribute("source"));
    long wiki = 0;
    for (Facets.Count<String> source : facets.of(Chunk.attribute("source")).counts()) {
      wiki += "wiki".equals(source.value()) ? source.rows() : 0;
    }
    assertThat(wiki).isEqualTo(1);
  }
}
