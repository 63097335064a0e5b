package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Runbooks.class)
class VectorSchemaTest {

  record Page(UUID id, String pageTitle, int views, Integer likes, Instant at, Embedding vector) {}

  @Test
  void emits_a_table_that_can_be_reviewed() {
    assertThat(VectorRepository.of("pages", Page.class, VectorSpace.cosine(384)).tableSql())
        .startsWith(
            """
            create extension if not exists vector;
            create table "pages" (
              "tenant_id" uuid not null,
              "id" uuid not null,
              "page_title" text,
              "views" integer not null,
              "likes" integer,
              "at" timestamp with time zone,
              "vector" vector(384) not null,
              primary key ("tenant_id", "id"),
              constraint "pages_embedding_has_direction" check ("vector" <=> "vector" <> 'NaN')
            );
            comment on column "pages"."vector" is 'tenon space: cosine(384)';
            """);
  }

  @Test
  void emits_an_index_with_its_parameters() {
    VectorRepository<Page> pages =
        VectorRepository.of(
            DSL.table(DSL.name("app", "pages")), Page.class, VectorSpace.cosine(384));
    assertThat(pages.indexedBy(new HnswIndex(24, 200)).indexSql())
        .isEqualTo(
            """
            create index "pages_vector_hnsw" on "app"."pages"
              using hnsw ("vector" vector_cosine_ops) with (m = 24, ef_construction = 200);
            """);
    assertThat(pages.indexSql()).contains("with (m = 16, ef_construction = 64)");
  }

  @Test
  void lets_the_server_refuse_vectors_without_direction_from_other_writers(TenantDatabase tenants) {
    for (float value : new float[] {0, 1e-30f}) {
      String vector = Arrays.toString(Vectors.filled(value, Runbooks.DIMENSIONS));
      assertThatThrownBy(
              () ->
                  tenants
                      .as(Runbooks.ACME)
                      .sql()
                      .execute(
                          """
                          insert into runbooks (tenant_id, id, title, language, steps, embedding)
                          values (?, gen_random_uuid(), 'a', 'en', 1, ?::vector)
                          """,
                          Runbooks.ACME,
                          vector))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("runbooks_embedding_has_direction");
    }
  }

  record NoId(String title, Embedding embedding) {}

  record OddId(double id, Embedding embedding) {}

  record NoEmbedding(UUID id) {}

  record Two(UUID id, Embedding left, Embedding right) {}

  record Tenant(UUID id, UUID tenantId, Embedding embedding) {}

  record Strange(UUID id, Thread thread, Embedding embedding) {}

  @Test
  void refuses_records_that_do_not_fit() {
    VectorSpace space = VectorSpace.cosine(3);
    assertThatThrownBy(() -> VectorRepository.of("a", NoId.class, space))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("NoId has no component id");
    assertThatThrownBy(() -> VectorRepository.of("a", OddId.class, space))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> VectorRepository.of("a", NoEmbedding.class, space))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("NoEmbedding has no component that is an Embedding");
    assertThatThrownBy(() -> VectorRepository.of("a", Two.class, space))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("more than one");
    assertThatThrownBy(() -> VectorRepository.of("a", Tenant.class, space))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("tenant_id");
    assertThatThrownBy(() -> VectorRepository.of("a", Strange.class, space))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("java.lang.Thread");
  }
}
