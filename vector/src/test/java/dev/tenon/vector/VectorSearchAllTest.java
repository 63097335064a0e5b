package dev.tenon.vector;

import static dev.tenon.vector.Notes.FEW;
import static dev.tenon.vector.Notes.LANGUAGE;
import static dev.tenon.vector.Notes.MANY;
import static dev.tenon.vector.Notes.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import dev.tenon.vector.Notes.Listed;
import dev.tenon.vector.Notes.Note;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Many searches in one round trip. */
@TenonTest(schema = Notes.class)
final class VectorSearchAllTest {

  private static List<float[]> queries(int count) {
    return IntStream.range(0, count)
        .mapToObj(seed -> Vectors.random(900 + seed, Notes.DIMENSIONS))
        .toList();
  }

  @Test
  void each_finds_what_it_finds_alone(TenantDatabase tenants) {
    // To look at so few rows and sort them is about as cheap, and exact.
    TenantSession many = tenants.as(MANY).withSetting("enable_sort", "off");
    for (boolean exact : new boolean[] {true, false}) {
      List<SearchResult<Note>> all =
          REPOSITORY.searchAll(many, queries(20), search -> refined(search, exact));
      assertThat(all)
          .isEqualTo(
              queries(20).stream()
                  .map(query -> refined(REPOSITORY.search(many, query), exact).fetch())
                  .toList());
      assertThat(all).allMatch(result -> result.hits().size() == 7);
    }
  }

  private static VectorSearch<Note> refined(VectorSearch<Note> search, boolean exact) {
    VectorSearch<Note> refined = search.top(7).where(LANGUAGE.eq("en")).where(Notes.ID.gt(50));
    return exact ? refined.exact() : refined.efSearch(200);
  }

  @Test
  void runs_in_one_round_trip(TenantDatabase tenants, QueryLog log) {
    TenantSession many = tenants.as(MANY);
    log.clear();
    assertThat(REPOSITORY.searchAll(many, queries(50), search -> search.top(3))).hasSize(50);
    assertThat(log.roundTrips()).isEqualTo(1);
  }

  @Test
  void finds_nothing_of_another_tenant_and_tells_what_is_missing(TenantDatabase tenants) {
    TenantSession few = tenants.as(FEW);
    List<SearchResult<Listed>> all =
        REPOSITORY.searchAll(
            few, queries(5), search -> search.top(100).into(Listed.class).maxScanTuples(1));
    for (SearchResult<Listed> result : all) {
      assertThat(result.records()).allMatch(note -> note.id() % 100 == 0);
      assertThat(result.truncated()).isEqualTo(result.hits().size() < Notes.ROWS_OF_FEW);
    }
  }

  @Test
  void a_vector_that_does_not_belong_is_named_by_its_position(TenantDatabase tenants) {
    TenantSession many = tenants.as(MANY);
    assertThatThrownBy(
            () ->
                REPOSITORY.searchAll(many, List.of(Notes.query(), new float[3]), search -> search))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("3 dimensions instead of 32")
        .hasMessageContaining("searchAll, vector 1");
    assertThatThrownBy(
            () -> REPOSITORY.searchAll(many, Arrays.asList(Notes.query(), null), search -> search))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(
            () -> REPOSITORY.searchAll(many, queries(2), search -> search.diverse(0.5, 20)))
        .isInstanceOf(UsageException.class);
    assertThat(REPOSITORY.searchAll(many, List.of(), search -> search)).isEmpty();
  }

  @Test
  void a_search_that_was_begun_elsewhere_is_refused(TenantDatabase tenants, QueryLog log) {
    TenantSession many = tenants.as(MANY);
    VectorRepository<Note> others =
        VectorRepository.of("others", Note.class, VectorSpace.cosine(Notes.DIMENSIONS));
    log.clear();
    for (VectorSearch<Note> elsewhere :
        List.of(
            REPOSITORY.search(tenants.as(FEW), Notes.query()),
            REPOSITORY.search(many.withSetting("work_mem", "8MB"), Notes.query()),
            others.search(many, Notes.query()))) {
      assertThatThrownBy(() -> REPOSITORY.searchAll(many, queries(2), search -> elsewhere.top(2)))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("not made from the one that was given");
    }
    assertThat(log.roundTrips()).isZero();
  }
}
