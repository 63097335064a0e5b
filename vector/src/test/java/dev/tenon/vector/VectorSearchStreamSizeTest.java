package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** More hits than anybody would hold in memory, a thousand at a time. */
@TenonTest(schema = VectorSearchStreamSizeTest.Schema.class)
final class VectorSearchStreamSizeTest {

  private static final int ROWS = 100_000;
  private static final int FETCHED_AT_A_TIME = 1_000;
  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  record Point(int id, Embedding embedding) {}

  private static final VectorRepository<Point> POINTS =
      VectorRepository.of("points", Point.class, VectorSpace.l2(2));

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("points")
              .script(
                  "V1__points.sql",
                  POINTS.tableSql()
                      + """
                      insert into points (tenant_id, id, embedding)
                      select '%s', i, array[i, 1]::vector from generate_series(1, %d) i;
                      """
                          .formatted(ACME, ROWS)
                      + TenantTable.rls("points").sql()));
    }
  }

  @Test
  void a_thousand_are_held_at_a_time(TenantDatabase tenants, QueryLog log) {
    int read =
        tenants
            .as(ACME)
            .<Integer, RuntimeException>transactionResult(
                transaction -> {
                  VectorSearch<Point> search =
                      POINTS.search(transaction, new float[] {0, 1}).exact().top(ROWS);
                  log.clear();
                  return search.stream(found -> consumed(found.hits().iterator(), log));
                });
    assertThat(read).isEqualTo(ROWS);
  }

  private static int consumed(Iterator<Hit<Point>> hits, QueryLog log) {
    int read = 0;
    while (hits.hasNext()) {
      // What was fetched is all that can be held: it never runs ahead of what was read.
      assertThat(log.roundTrips()).isEqualTo(1 + read / FETCHED_AT_A_TIME);
      assertThat(hits.next().record().id()).isEqualTo(++read);
    }
    return read;
  }
}
