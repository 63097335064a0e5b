package dev.tenon.vector;

import static dev.tenon.vector.Notes.FEW;
import static dev.tenon.vector.Notes.ID;
import static dev.tenon.vector.Notes.MANY;
import static dev.tenon.vector.Notes.NOTES;
import static dev.tenon.vector.Notes.REPOSITORY;
import static dev.tenon.vector.Notes.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Session;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.vector.Notes.Note;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** As many rows as match, up to as many as were asked for, whatever part of them matches. */
@TenonTest(schema = Notes.class)
final class VectorFillRateTest {

  private static final int TOP = 10;

  /** One of so many rows of the tenant, of which FEW has each hundredth. */
  private static Condition oneOf(UUID tenant, int rows) {
    Field<Integer> number = tenant.equals(FEW) ? ID.div(100) : ID;
    return number.mod(rows).eq(rows == 2 ? 1 : 7);
  }

  @ParameterizedTest(name = "1 of {0}, of a tenant with {1} of 6000 rows")
  @CsvSource({
    "2, 5940, 3000", "10, 5940, 600", "100, 5940, 60", "1000, 5940, 6",
    "2, 60, 30", "10, 60, 6", "100, 60, 1", "1000, 60, 1"
  })
  void rows_come_or_the_result_says_that_they_are_missing(
      int rows, int owned, int matches, TenantDatabase tenants) {
    UUID tenant = owned == Notes.ROWS_OF_FEW ? FEW : MANY;
    Condition filter = oneOf(tenant, rows);
    Session session = tenants.as(tenant);
    assertThat(session.sql().fetchCount(NOTES, filter)).isEqualTo(matches);

    VectorSearch<Note> asPlanned = REPOSITORY.search(session, query()).where(filter).top(TOP);
    VectorSearch<Note> byIndex =
        REPOSITORY.search(session, query()).where(filter).top(TOP).approximate();
    assertThat(byIndex.explain()).contains(Notes.INDEX);
    for (VectorSearch<Note> search :
        List.of(
            asPlanned, byIndex, byIndex.iterativeScan(IterativeScan.RELAXED), byIndex.exact())) {
      SearchResult<?> found = search.fetch();
      assertThat(found.hits()).hasSize(Math.min(TOP, matches));
      assertThat(found.truncated()).isFalse();
    }
    for (VectorSearch<Note> cutShort :
        List.of(byIndex.efSearch(1).maxScanTuples(1), byIndex.iterativeScan(IterativeScan.OFF))) {
      SearchResult<?> found = cutShort.fetch();
      assertThat(found.truncated()).isEqualTo(found.hits().size() < Math.min(TOP, matches));
    }
  }
}
