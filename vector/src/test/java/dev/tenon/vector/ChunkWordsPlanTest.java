package dev.tenon.vector;

import static dev.tenon.vector.ChunkWords.ACME;
import static dev.tenon.vector.ChunkWords.TEXT;
import static dev.tenon.vector.ChunkWords.WORDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.TenonException;
import dev.tenon.core.search.TextSearch;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.ChunkWords.Passage;
import dev.tenon.vector.DocumentRepository.Piece;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.JSONB;
import org.junit.jupiter.api.Test;

/** What the server makes of words in the languages that attributes tell. */
@TenonTest(schema = ChunkWords.FencedWithoutBarrier.class)
final class ChunkWordsPlanTest {

  @Test
  void the_index_serves_each_language(TenantDatabase tenants, TestDatabase made) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.migrate(Migrations.named("filled").script("V1__filled.sql", FILL));
    }

    assertThat(WORDS.search(tenants.as(ACME), "needles").explain())
        .containsPattern(
            "BitmapOr.*(\\n +-> +Bitmap Index Scan on passages_search .*\\n +Index Cond: .*){3}");
  }

  private static final String FILL =
      """
      insert into fenced.passages
        (tenant_id, id, document_id, ordinal, from_offset, to_offset, text, hash, attributes,
         embedding)
      select '%s', gen_random_uuid(), gen_random_uuid(), 0, 0, 1,
             case when i %% 1000 = 1 then 'needle ' else '' end || md5(i::text), md5(i::text),
             jsonb_build_object('language', case when i %% 2 = 0 then 'en' else 'de' end),
             '[1,1,1,1,1,1,1,1]'
        from generate_series(1, 10000) i;
      analyze fenced.passages;
      select gin_clean_pending_list('fenced.passages_search');
      """
          .formatted(ACME);

  private static final DocumentRepository LATER =
      DocumentRepository.of("later", VectorSpace.cosine(8));

  private static final TextSearch<Passage> LATER_WORDS =
      TextSearch.of("later", Passage.class)
          .text(TEXT)
          .languageOf(Chunk.attribute("language"), Map.of("en", "english"))
          .build();

  @Test
  void chunks_that_are_there_get_a_language_before_their_words(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.migrate(Migrations.named("later").script("V1__later.sql", LATER.tableSql()));
      owner.sql().execute("grant all on later to public");
      var unused =
          LATER.replace(
              acme,
              new UUID(7, 1),
              List.of(new Piece(0, 1, "disks", JSONB.valueOf("{\"source\": \"wiki\"}"))),
              text -> Vectors.random(1, 8));

      assertThatThrownBy(() -> owner.sql().execute(LATER_WORDS.addSql()))
          .isInstanceOf(TenonException.class)
          .isInstanceOfSatisfying(
              InvalidDataException.class,
              error -> assertThat(error.constraint()).hasValue("later_search_language"));
      acme.sql()
          .execute(
              """
              update later set attributes = attributes || '{"language": "en"}'
               where attributes ->> 'language' is null
              """);
      owner.sql().execute(LATER_WORDS.addSql());
    }
    assertThat(LATER_WORDS.search(acme, "disk").fetch().records())
        .extracting(Passage::attributes)
        .containsExactly(JSONB.valueOf("{\"source\": \"wiki\", \"language\": \"en\"}"));
  }
}
