package dev.tenon.vector;

import static dev.tenon.vector.Notes.FEW;
import static dev.tenon.vector.Notes.LANGUAGE;
import static dev.tenon.vector.Notes.MANY;
import static dev.tenon.vector.Notes.REPOSITORY;
import static dev.tenon.vector.Notes.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.vector.Notes.Note;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Notes.class)
class VectorSearchTest {

  /** The planner would rather read the few rows of the tenant and sort them. */
  private static Session preferringTheIndex(Session session) {
    return session.withSetting("enable_sort", "off");
  }

  private static Set<Integer> ids(SearchResult<Note> result) {
    return result.records().stream().map(Note::id).collect(Collectors.toCollection(HashSet::new));
  }

  @Test
  void is_served_by_the_index(TenantDatabase tenants) {
    assertThat(REPOSITORY.search(tenants.as(MANY), query()).explain())
        .contains("Index Scan using " + Notes.INDEX)
        .contains("Order By: (embedding <=>");
  }

  @Test
  void is_served_by_the_index_with_a_filter_and_the_largest_number_of_rows(TenantDatabase tenants) {
    assertThat(
            REPOSITORY
                .search(tenants.as(MANY), query())
                .where(LANGUAGE.eq("en"))
                .top(1000)
                .approximate()
                .explain())
        .contains("Index Scan using " + Notes.INDEX);
  }

  @Test
  void returns_ten_rows_unless_told_otherwise(TenantDatabase tenants) {
    assertThat(REPOSITORY.search(tenants.as(MANY), query()).fetch().hits()).hasSize(10);
  }

  @Test
  void returns_more_rows_than_the_scan_holds_candidates_by_default(TenantDatabase tenants) {
    Session session = preferringTheIndex(tenants.as(MANY));
    for (int top : new int[] {41, 100, 1000}) {
      SearchResult<Note> result = REPOSITORY.search(session, query()).top(top).fetch();
      assertThat(result.hits()).hasSize(top);
      assertThat(ids(result)).hasSize(top);
    }
  }

  @Test
  void fills_up_although_99_percent_of_the_rows_are_foreign(TenantDatabase tenants) {
    VectorSearch<Note> search =
        REPOSITORY.search(tenants.as(FEW), query()).where(LANGUAGE.eq("en")).approximate();
    assertThat(search.explain()).contains("Index Scan using " + Notes.INDEX);

    SearchResult<Note> result = search.fetch();

    assertThat(result.hits()).hasSize(10);
    assertThat(result.truncated()).isFalse();
    assertThat(result.records())
        .allSatisfy(note -> assertThat(note.language()).isEqualTo("en"))
        .allSatisfy(note -> assertThat(note.id() % 100).isZero());
  }

  @Test
  void fills_up_also_when_small_and_large_tenants_share_a_prepared_plan(TenantDatabase tenants) {
    for (int i = 0; i < 20; i++) {
      for (UUID tenant : List.of(FEW, MANY)) {
        SearchResult<Note> result = REPOSITORY.search(tenants.as(tenant), query()).fetch();
        assertThat(result.hits()).hasSize(10);
        assertThat(result.truncated()).isFalse();
      }
    }
  }

  @Test
  void says_that_rows_are_missing_when_the_scan_does_not_go_on(TenantDatabase tenants) {
    SearchResult<Note> result =
        REPOSITORY
            .search(preferringTheIndex(tenants.as(FEW)), query())
            .iterativeScan(IterativeScan.OFF)
            .fetch();
    assertThat(result.hits()).hasSizeLessThan(10);
    assertThat(result.truncated()).isTrue();
  }

  @Test
  void says_that_rows_are_missing_when_the_scan_was_cut_short(TenantDatabase tenants) {
    SearchResult<Note> result =
        REPOSITORY
            .search(preferringTheIndex(tenants.as(FEW)), query())
            .top(Notes.ROWS_OF_FEW)
            .efSearch(1)
            .maxScanTuples(1)
            .fetch();
    assertThat(result.hits()).hasSizeLessThan(Notes.ROWS_OF_FEW);
    assertThat(result.truncated()).isTrue();
  }

  @Test
  void is_complete_when_fewer_rows_match_than_were_asked_for(TenantDatabase tenants) {
    SearchResult<Note> result = REPOSITORY.search(tenants.as(FEW), query()).top(100).fetch();
    assertThat(result.hits()).hasSize(Notes.ROWS_OF_FEW);
    assertThat(result.truncated()).isFalse();
  }

  @Test
  void is_complete_when_nothing_matches(TenantDatabase tenants) {
    SearchResult<Note> result =
        REPOSITORY
            .search(preferringTheIndex(tenants.as(FEW)), query())
            .where(LANGUAGE.eq("fr"))
            .fetch();
    assertThat(result.hits()).isEmpty();
    assertThat(result.truncated()).isFalse();
  }

  @Test
  void orders_hits_by_distance_also_after_a_relaxed_scan(TenantDatabase tenants) {
    Session session = preferringTheIndex(tenants.as(FEW));
    for (IterativeScan scan : List.of(IterativeScan.RELAXED, IterativeScan.STRICT)) {
      SearchResult<Note> result =
          REPOSITORY.search(session, query()).top(50).iterativeScan(scan).fetch();
      assertThat(result.hits()).hasSize(50);
      assertThat(result.hits()).isSortedAccordingTo(Comparator.comparingDouble(Hit::distance));

      VectorSearch<Note> many =
          REPOSITORY
              .search(preferringTheIndex(tenants.as(MANY)), query())
              .where(LANGUAGE.eq("de"))
              .iterativeScan(scan);
      assertThat(many.top(700).fetch().hits())
          .hasSize(700)
          .isSortedAccordingTo(Comparator.comparingDouble(Hit::distance));
    }
  }

  @Test
  void finds_nearly_what_the_exact_search_finds(TenantDatabase tenants) {
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(MANY), query()).top(20);
    Set<Integer> found = ids(search.efSearch(400).fetch());
    found.retainAll(ids(search.exact().fetch()));
    assertThat(found).hasSizeGreaterThanOrEqualTo(18);
  }

  @Test
  void compares_every_row_without_the_index_when_exact(TenantDatabase tenants) {
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(MANY), query()).exact();
    assertThat(search.explain()).doesNotContain(Notes.INDEX);

    List<Note> all = search.top(Notes.ROWS_OF_MANY).fetch().records();

    Comparator<Note> byDistance =
        Comparator.comparingDouble(note -> -Vectors.cosine(note.embedding().toArray(), query()));
    assertThat(all).hasSize(Notes.ROWS_OF_MANY);
    assertThat(search.top(25).fetch().records())
        .containsExactlyElementsOf(all.stream().sorted(byDistance).limit(25).toList());
  }

  @Test
  void finds_with_k_the_first_of_what_it_finds_with_more_when_exact(TenantDatabase tenants) {
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(FEW), query()).exact();
    List<Note> all = search.top(Notes.ROWS_OF_FEW).fetch().records();
    for (int top = 1; top < Notes.ROWS_OF_FEW; top++) {
      assertThat(search.top(top).fetch().records()).isEqualTo(all.subList(0, top));
    }
  }

  @Test
  void never_finds_more_when_a_filter_is_added(TenantDatabase tenants) {
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(FEW), query()).exact().top(100);
    Set<Integer> english = ids(search.where(LANGUAGE.eq("en")).fetch());
    assertThat(english).hasSize(Notes.ROWS_OF_FEW / 2);
    assertThat(ids(search.fetch())).containsAll(english);
    assertThat(ids(search.where(LANGUAGE.eq("en")).where(Notes.ID.gt(3000)).fetch()))
        .isSubsetOf(english)
        .hasSize(Notes.ROWS_OF_FEW / 4);
  }

  @Test
  void keeps_a_search_as_it_was_when_it_is_refined(TenantDatabase tenants) {
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(FEW), query()).top(5);
    VectorSearch<Note> refined = search.top(1).where(LANGUAGE.eq("fr"));
    assertThat(search.fetch().hits()).hasSize(5);
    assertThat(refined.fetch().hits()).isEmpty();
  }

  @Test
  void refuses_options_that_could_only_lose_rows(TenantDatabase tenants) {
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(MANY), query());
    assertThatThrownBy(() -> search.top(1001).iterativeScan(IterativeScan.OFF).fetch())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("efSearch(1000) and top(1001) with iterativeScan(OFF)");
    assertThatThrownBy(() -> search.top(100).efSearch(50).iterativeScan(IterativeScan.OFF).fetch())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("efSearch(50) and top(100) with iterativeScan(OFF)");
  }

  @Test
  void finds_more_rows_than_an_index_scan_holds_at_a_time(TenantDatabase tenants) {
    VectorSearch<Note> search =
        REPOSITORY.search(tenants.as(MANY).withSetting("enable_sort", "off"), query()).top(2_500);
    assertThat(search.explain()).contains(Notes.INDEX);
    SearchResult<Note> found = search.fetch();
    assertThat(found.hits()).hasSize(2_500);
    assertThat(found.truncated()).isFalse();
    assertThat(search.exact().fetch().hits()).hasSize(2_500);
  }

  @Test
  void settings_of_another_index_are_refused_at_the_call(TenantDatabase tenants) {
    assertThatThrownBy(() -> REPOSITORY.search(tenants.as(MANY), query()).probes(3))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("probes(…) was asked of an HnswIndex");
    VectorSearch<Note> lists =
        REPOSITORY.indexedBy(new IvfflatIndex(10)).search(tenants.as(MANY), query());
    assertThatThrownBy(() -> lists.efSearch(40)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> lists.maxScanTuples(40)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> lists.probes(11))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the index has 10 lists");
  }

  @Test
  void refuses_numbers_out_of_range_at_the_call(TenantDatabase tenants) {
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(MANY), query());
    assertThatThrownBy(() -> search.top(0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> search.top(-1)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> search.efSearch(0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> search.efSearch(1001)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> search.maxScanTuples(0)).isInstanceOf(UsageException.class);
  }

  @Test
  void refuses_to_read_into_a_record_with_unknown_columns(TenantDatabase tenants) {
    record Unknown(int id, String author) {}
    record Mistyped(long id) {}
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(MANY), query());
    assertThatThrownBy(() -> search.into(Unknown.class))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Unknown has a component for the column author");
    assertThatThrownBy(() -> search.into(Mistyped.class)).isInstanceOf(UsageException.class);
  }

  @Test
  void explains_a_filter_on_a_column_that_does_not_exist_and_stays_usable(TenantDatabase tenants) {
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(MANY), query());
    assertThatThrownBy(
            () -> search.where(DSL.field(DSL.name("author"), SQLDataType.VARCHAR).eq("a")).fetch())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("column \"author\" does not exist");
    assertThat(search.fetch().hits()).hasSize(10);
  }
}
