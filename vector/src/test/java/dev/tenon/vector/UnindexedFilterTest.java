package dev.tenon.vector;

import static dev.tenon.vector.Notes.ID;
import static dev.tenon.vector.Notes.INDEX;
import static dev.tenon.vector.Notes.LANGUAGE;
import static dev.tenon.vector.Notes.MANY;
import static dev.tenon.vector.Notes.REPOSITORY;
import static dev.tenon.vector.Notes.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.Notes.Note;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jooq.Condition;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** A filter without an index on its field: what it leaves decides whether the vector's is used. */
@TenonTest(schema = UnindexedFilterTest.Marked.class)
final class UnindexedFilterTest {

  private static final VectorSpace SPACE = VectorSpace.cosine(Notes.DIMENSIONS);
  private static final HnswIndex GRAPH = new HnswIndex(8, 32);

  private static final Condition HALF = LANGUAGE.eq("en");

  /** For the server's own plan the index is still cheaper. */
  private static final Condition TWENTIETH = LANGUAGE.eq("sv");

  /** For the server each value within a document is one of two hundred. */
  private static final Condition HALF_BY_DOCUMENT = DSL.condition("marks ->> 'read' = 'yes'");

  private static final Condition HUNDREDTH_BY_DOCUMENT = DSL.condition("marks ->> 'hot' = 'yes'");

  /** Half of the notes are read, one of a hundred is hot, one of twenty is in another language. */
  static final class Marked extends Notes {

    @Override
    String policies() {
      return """
      update notes set language = 'sv' where id % 20 = 7;
      alter table notes add marks jsonb;
      update notes
         set marks = jsonb_build_object('read', case when id % 2 = 0 then 'yes' else 'no' end,
                                        'hot', case when id % 100 = 9 then 'yes' else 'no' end);
      reindex table notes;
      analyze notes;
      """
          + super.policies();
    }
  }

  private static VectorSearch<Note> search(Session session, Condition filter) {
    return REPOSITORY.search(session, query()).where(filter);
  }

  private static boolean goesByIndex(VectorSearch<?> search) {
    boolean told = !search.fetch().plan().isExact();
    assertThat(search.explain().contains(INDEX)).isEqualTo(told);
    assertThat(search.withPlan().fetch().plan().explain().orElseThrow().contains(INDEX))
        .isEqualTo(told);
    return told;
  }

  @Test
  void few_rows_are_compared_exactly_and_many_found_by_the_index(TenantDatabase tenants) {
    Session many = tenants.as(MANY);
    assertThat(goesByIndex(search(many, HALF))).isTrue();
    assertThat(goesByIndex(search(many, TWENTIETH))).isFalse();
    assertThat(search(many, TWENTIETH).fetch().hits())
        .isEqualTo(search(many, TWENTIETH).exact().fetch().hits());
    assertThat(goesByIndex(search(many, TWENTIETH).approximate())).isTrue();
    assertThat(goesByIndex(search(many, HALF).exact())).isFalse();
  }

  @Test
  void rows_are_counted_where_the_server_only_guesses(TenantDatabase tenants) {
    Session many = tenants.as(MANY);
    assertThat(goesByIndex(search(many, HALF_BY_DOCUMENT))).isTrue();
    assertThat(goesByIndex(search(many, HUNDREDTH_BY_DOCUMENT))).isFalse();
  }

  @Test
  void of_a_large_part_of_the_matching_rows_all_are_compared(TenantDatabase tenants) {
    Session many = tenants.as(MANY);
    assertThat(goesByIndex(search(many, HALF).top(2_000))).isFalse();
    assertThat(search(many, HALF).top(2_000).fetch().hits()).hasSize(2_000);
  }

  @Test
  void many_searches_and_streams_and_hits_that_are_diverse_go_the_same_way(TenantDatabase tenants) {
    Session many = tenants.as(MANY);
    for (Condition filter : List.of(HALF, TWENTIETH)) {
      boolean exact = filter == TWENTIETH;
      assertThat(REPOSITORY.searchAll(many, List.of(query()), search -> search.where(filter)))
          .allSatisfy(result -> assertThat(result.plan().isExact()).isEqualTo(exact));
      assertThat(
              search(many, filter).<Boolean, RuntimeException>stream(
                  found -> found.plan().isExact()))
          .isEqualTo(exact);
      assertThat(search(many, filter).diverse(0.5, 20).fetch().plan().isExact()).isEqualTo(exact);
    }
  }

  @Test
  void nothing_is_asked_again_for_the_same_values(TenantDatabase tenants, QueryLog log) {
    Session many = tenants.as(MANY);
    for (Condition filter : List.of(HALF, TWENTIETH, HALF_BY_DOCUMENT)) {
      search(many, filter).fetch();
      log.clear();
      search(many, filter).fetch();
      assertThat(log.roundTrips()).isEqualTo(1);
    }
    log.clear();
    search(many, LANGUAGE.eq("de")).fetch();
    assertThat(log.roundTrips()).isEqualTo(2);
  }

  @Test
  void an_answer_is_asked_again_after_a_minute(TestDatabase made) throws SQLException {
    AtomicLong nanos = new AtomicLong();
    FilterChoice choice =
        new FilterChoice(
            new IndexDefinition(VectorTable.of(Notes.NOTES, Note.class, SPACE), GRAPH), nanos::get);
    SearchOptions options = SearchOptions.of(GRAPH).withFilter(TWENTIETH);
    try (var database = TestSchema.connect(made, made.application())) {
      Session many = TenantDatabase.on(database).as(MANY);
      assertThat(choice.of(many, options, TenantId.of(MANY))).isEqualTo(SearchWay.EXACT);
      try (var owner = TestSchema.connect(made, made.superuser())) {
        owner.sql().execute("update notes set language = 'sv'");
        owner.sql().execute("analyze notes");
      }
      nanos.addAndGet(Duration.ofSeconds(59).toNanos());
      assertThat(choice.of(many, options, TenantId.of(MANY))).isEqualTo(SearchWay.EXACT);
      nanos.addAndGet(Duration.ofSeconds(2).toNanos());
      assertThat(choice.of(many, options, TenantId.of(MANY))).isEqualTo(SearchWay.BY_INDEX);
    }
  }

  @Test
  void a_search_by_the_index_is_planned_once_for_all_its_values(TenantDatabase tenants) {
    tenants
        .as(MANY)
        .transaction(
            transaction -> {
              for (int i = 0; i < 20; i++) {
                search(transaction, HALF).fetch();
              }
              assertThat(
                      transaction
                          .sql()
                          .fetchSingle(
                              """
                              select custom_plans, generic_plans > 10
                                from pg_prepared_statements
                               where statement like '%candidate%nearest%'
                              """)
                          .intoList())
                  .isEqualTo(List.of(0L, true));
            });
  }

  @Test
  void nothing_that_matches_and_an_index_that_is_gone_are_no_fault(
      TenantDatabase tenants, TestDatabase made) {
    Session many = tenants.as(MANY);
    assertThat(search(many, DSL.falseCondition()).fetch().hits()).isEmpty();
    assertThat(search(many, ID.lt(0)).fetch().hits()).isEmpty();
    try (var owner = TestSchema.connect(made, made.superuser())) {
      owner.sql().execute("drop index " + INDEX);
    }
    assertThat(goesByIndex(search(many, LANGUAGE.in("en", "fr")))).isFalse();
    assertThat(search(many, LANGUAGE.in("en", "fr")).approximate().fetch().hits()).hasSize(10);
  }

  @Test
  void thousands_of_values_are_left_to_the_plan_of_the_server(
      TenantDatabase tenants, QueryLog log) {
    List<Integer> ids = IntStream.range(0, 10_000).boxed().toList();
    log.clear();
    SearchResult<Note> found = search(tenants.as(MANY), ID.in(ids)).fetch();
    assertThat(log.roundTrips()).isEqualTo(1);
    assertThat(found.hits()).hasSize(10);
  }
}
