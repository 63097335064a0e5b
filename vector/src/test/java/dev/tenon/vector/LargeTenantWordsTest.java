package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Migrations;
import dev.tenon.core.search.TextSearch;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;

/** A large tenant's rows move with their words, which the server keeps in a generated column. */
@TenonTest(schema = LargeTenantWordsTest.Schema.class)
final class LargeTenantWordsTest {

  private static final UUID LARGE = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final UUID SMALL = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b12");
  private static final int ROWS = 40;

  /** Whatever a name has in it. */
  private static final String TABLE = "pas%sages'";

  record Passage(int id, String title, Embedding embedding) {}

  record Text(int id, String title) {}

  private static final VectorRepository<Passage> PASSAGES =
      VectorRepository.of(TABLE, Passage.class, VectorSpace.cosine(8));
  private static final TextSearch<Text> TEXTS =
      TextSearch.of(TABLE, Text.class)
          .text(DSL.field(DSL.name("title"), SQLDataType.VARCHAR))
          .language("english")
          .build();

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
              .script("V1__passages.sql", PASSAGES.partitionedTableSql() + TEXTS.addSql() + FILL)
              .script("V2__policies.sql", TenantTable.rls(TABLE).sql())
              .script("V3__large.sql", PASSAGES.partitionSql(LARGE)));
    }

    private static final String FILL =
        """
        insert into "%s" (tenant_id, id, title, embedding)
        select tenant, i, 'disk ' || i, array[i, 1, 2, 3, 4, 5, 6, 7]::real[]::vector
          from unnest(array['%s', '%s']::uuid[]) tenant, generate_series(1, %d) i;
        """
            .formatted(TABLE, LARGE, SMALL, ROWS);
  }

  @Test
  void rows_are_found_by_vector_and_by_words_on_both_sides(TenantDatabase tenants) {
    for (UUID tenant : List.of(LARGE, SMALL)) {
      TenantSession session = tenants.as(tenant);
      PASSAGES.load(
          session,
          IntStream.rangeClosed(ROWS + 1, ROWS + 2)
              .mapToObj(
                  i -> new Passage(i, "disk " + i, Embedding.of(i, 1f, 2f, 3f, 4f, 5f, 6f, 7f))));
      HybridResult<Passage> found =
          PASSAGES
              .search(session, new float[] {1, 1, 2, 3, 4, 5, 6, 7})
              .fusedWith(TEXTS.search(session, "disk"))
              .top(100)
              .fetch();
      assertThat(found.hits())
          .hasSize(ROWS + 2)
          .allSatisfy(hit -> assertThat(hit.textRank()).isPresent());
      assertThat(TEXTS.search(session, "\"disk 7\"").fetch().records())
          .containsExactly(new Text(7, "disk 7"));
    }
  }
}
