package dev.tenon.vector;

import static dev.tenon.vector.Notes.FEW;
import static dev.tenon.vector.Notes.INDEX;
import static dev.tenon.vector.Notes.LANGUAGE;
import static dev.tenon.vector.Notes.MANY;
import static dev.tenon.vector.Notes.REPOSITORY;
import static dev.tenon.vector.Notes.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import dev.tenon.vector.Notes.Note;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** What a result tells of the way it was found. */
@TenonTest(schema = Notes.class)
final class VectorSearchPlanTest {

  private static final int PAST_THE_PREPARE_THRESHOLD = 12;

  private static VectorSearch<Note> search(TenantDatabase tenants, UUID tenant) {
    return REPOSITORY.search(tenants.as(tenant), query());
  }

  /** Holds where the server has these settings while it searches. */
  private static Condition areOnTheServer(Map<String, String> settings) {
    Condition all = DSL.noCondition();
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      all =
          all.and(
              DSL.condition(
                  "current_setting({0}) = {1}",
                  DSL.val(setting.getKey()), DSL.val(setting.getValue())));
    }
    return all;
  }

  @Test
  void the_settings_that_it_tells_are_those_that_the_server_searches_with(TenantDatabase tenants) {
    VectorSearch<Note> tuned =
        search(tenants, MANY)
            .efSearch(80)
            .iterativeScan(IterativeScan.RELAXED)
            .maxScanTuples(30_000)
            .memory("5MB")
            .scanMemoryMultiplier(2.5);
    for (VectorSearch<Note> search :
        List.of(
            search(tenants, MANY),
            search(tenants, MANY).top(1_500),
            tuned,
            tuned.exact(),
            tuned.withPlan())) {
      SearchPlan plan = search.top(1).fetch().plan();
      assertThat(search.top(1).where(areOnTheServer(plan.settings())).fetch().hits()).hasSize(1);
    }
    Condition planned = areOnTheServer(Map.of("plan_cache_mode", "force_custom_plan"));
    assertThat(tuned.withPlan().where(planned).fetch().hits()).hasSize(10);
    assertThat(tuned.fetch().plan().settings())
        .containsExactly(
            entry("hnsw.ef_search", "80"),
            entry("hnsw.iterative_scan", "relaxed_order"),
            entry("hnsw.max_scan_tuples", "30000"),
            entry("hnsw.scan_mem_multiplier", "2.5"),
            entry("work_mem", "5MB"));
  }

  @Test
  void it_tells_what_was_asked_and_does_not_guess_what_the_planner_did(TenantDatabase tenants) {
    SearchPlan plan = search(tenants, FEW).fetch().plan();
    assertThat(plan.index()).contains(new HnswIndex(8, 32));
    assertThat(plan.isExact()).isFalse();
    assertThat(plan.explain()).isEmpty();
    assertThat(plan).hasToString("HnswIndex(hnsw.ef_search=40, hnsw.iterative_scan=relaxed_order)");

    SearchPlan exact = search(tenants, FEW).exact().fetch().plan();
    assertThat(exact.isExact()).isTrue();
    assertThat(exact).hasToString("exact()");
  }

  @Test
  void it_tells_the_candidates_of_a_quantized_index_and_the_probes_of_lists(
      TenantDatabase tenants) {
    HnswIndex quantized = new HnswIndex(8, 32).quantized(Quantization.HALF);
    assertThat(
            REPOSITORY
                .indexedBy(quantized)
                .search(tenants.as(FEW), query())
                .candidates(70)
                .fetch()
                .plan())
        .hasToString(
            "HnswIndex(hnsw.ef_search=70, hnsw.iterative_scan=relaxed_order, candidates=70)");
    assertThat(
            REPOSITORY
                .indexedBy(new IvfflatIndex(100))
                .search(tenants.as(FEW), query())
                .fetch()
                .plan())
        .hasToString("IvfflatIndex(ivfflat.probes=10, ivfflat.iterative_scan=relaxed_order)");
  }

  @Test
  void the_plan_that_the_server_chose_comes_in_the_same_round_trip(
      TenantDatabase tenants, QueryLog log) {
    for (int i = 0; i < PAST_THE_PREPARE_THRESHOLD; i++) {
      log.clear();
      SearchResult<Note> byIndex =
          search(tenants, MANY).where(LANGUAGE.eq("de")).approximate().withPlan().fetch();
      SearchResult<Note> bySorting =
          search(tenants, FEW).where(LANGUAGE.eq("en")).exact().withPlan().fetch();
      assertThat(log.roundTrips()).isEqualTo(2);
      assertThat(byIndex.plan().explain().orElseThrow()).contains("Index Scan using " + INDEX);
      assertThat(bySorting.plan().explain().orElseThrow())
          .doesNotContain(INDEX)
          .contains(FEW.toString());
      assertThat(bySorting.hits())
          .isEqualTo(search(tenants, FEW).where(LANGUAGE.eq("en")).exact().fetch().hits());
    }
  }

  @Test
  void it_comes_in_a_transaction_and_for_many_searches_and_with_those_that_are_diverse(
      TenantDatabase tenants) {
    Session session = tenants.as(MANY);
    session.transaction(
        transaction -> {
          assertThat(REPOSITORY.search(transaction, query()).withPlan().fetch().plan().explain())
              .isNotEmpty();
          assertThat(transaction.sql().fetchCount(Notes.NOTES)).isEqualTo(Notes.ROWS_OF_MANY);
        });
    assertThat(
            REPOSITORY.searchAll(
                session, List.of(query(), query()), search -> search.top(3).withPlan()))
        .hasSize(2)
        .allSatisfy(
            result -> {
              assertThat(result.hits()).hasSize(3);
              assertThat(result.plan().explain().orElseThrow()).contains("ordinal");
            });
    assertThat(
            search(tenants, MANY)
                .withPlan()
                .diverse(0.5, 30)
                .fetch()
                .plan()
                .explain()
                .orElseThrow())
        .contains(INDEX);
  }

  @Test
  void a_scan_ends_where_its_memory_does_and_says_so(TenantDatabase tenants) {
    VectorSearch<Note> byIndex =
        REPOSITORY
            .search(tenants.as(FEW).withSetting("enable_sort", "off"), query())
            .efSearch(10)
            .top(40)
            .memory("64kB");
    SearchResult<Note> little = byIndex.fetch();
    assertThat(little.truncated()).isTrue();
    SearchResult<Note> enough = byIndex.scanMemoryMultiplier(1_000).fetch();
    assertThat(enough.truncated()).isFalse();
    assertThat(enough.hits()).hasSize(40);
    assertThat(byIndex.memory("64MB").fetch().hits()).hasSize(40);
  }

  @Test
  void memory_that_cannot_be_is_refused_at_the_call(TenantDatabase tenants) {
    VectorSearch<Note> search = search(tenants, MANY);
    for (String size : List.of("", "64", "0MB", "-1MB", "64 mb", "64MB; reset all", "1e9kB")) {
      assertThatThrownBy(() -> search.memory(size))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("work_mem is a number and a unit");
    }
    for (double multiplier : new double[] {0.9, 1_001, Double.NaN}) {
      assertThatThrownBy(() -> search.scanMemoryMultiplier(multiplier))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("hnsw.scan_mem_multiplier goes from 1 to 1000");
    }
    assertThatThrownBy(
            () ->
                REPOSITORY
                    .indexedBy(new IvfflatIndex(10))
                    .search(tenants.as(MANY), query())
                    .scanMemoryMultiplier(2))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("scanMemoryMultiplier(…) was asked of an IvfflatIndex");
  }
}
