package dev.tenon.vector;

import static dev.tenon.vector.Notes.FEW;
import static dev.tenon.vector.Notes.LANGUAGE;
import static dev.tenon.vector.Notes.MANY;
import static dev.tenon.vector.Notes.REPOSITORY;
import static dev.tenon.vector.Notes.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Session;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import dev.tenon.vector.Notes.Listed;
import dev.tenon.vector.Notes.Note;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;

/** Hits that are read bit by bit. */
@TenonTest(schema = Notes.class)
final class VectorSearchStreamTest {

  private static final int FETCHED_AT_A_TIME = 1_000;

  private static VectorSearch<Note> byIndex(Session session) {
    return REPOSITORY.search(session, query()).approximate();
  }

  private static <R> SearchResult<R> collected(VectorSearch<R> search) {
    return search.stream(
        found -> new SearchResult<>(found.hits().toList(), found.truncated(), found.plan()));
  }

  @Test
  void are_those_of_fetch(TenantDatabase tenants) {
    Session many = tenants.as(MANY);
    for (VectorSearch<Note> search :
        List.of(
            REPOSITORY.search(many, query()),
            REPOSITORY.search(many, query()).where(LANGUAGE.eq("en")).top(2_500).exact(),
            byIndex(many).top(2_500),
            byIndex(many).where(LANGUAGE.eq("de")).iterativeScan(IterativeScan.RELAXED).top(700),
            byIndex(tenants.as(FEW)).top(100),
            REPOSITORY.search(tenants.as(FEW), query()).where(LANGUAGE.eq("fr")))) {
      assertThat(collected(search)).isEqualTo(search.fetch());
    }
    assertThat(collected(byIndex(many).into(Listed.class).top(50)).records())
        .isEqualTo(byIndex(many).top(50).into(Listed.class).fetch().records());
  }

  @Test
  void are_those_of_fetch_by_a_quantized_index(TenantDatabase tenants) {
    VectorSearch<Note> search =
        REPOSITORY
            .indexedBy(HnswIndex.DEFAULT.quantized(Quantization.BINARY))
            .search(tenants.as(MANY), query())
            .candidates(6_000);
    assertThat(collected(search)).isEqualTo(search.fetch());
    assertThat(collected(search).hits()).isEqualTo(search.exact().fetch().hits());
  }

  @Test
  void that_are_not_read_are_not_fetched(TenantDatabase tenants, QueryLog log) {
    Session many = tenants.as(MANY);
    many.transaction(
        transaction -> {
          VectorSearch<Note> search = REPOSITORY.search(transaction, query()).exact().top(5_000);
          log.clear();
          assertThat(search.<Long, RuntimeException>stream(found -> found.hits().limit(10).count()))
              .isEqualTo(10);
          assertThat(log.roundTrips()).isLessThanOrEqualTo(2);
          assertThat(transaction.sql().fetchCount(Notes.NOTES)).isEqualTo(Notes.ROWS_OF_MANY);
        });
  }

  @Test
  void say_that_rows_are_missing_before_the_first_is_read(TenantDatabase tenants) {
    VectorSearch<Note> few = byIndex(tenants.as(FEW)).top(Notes.ROWS_OF_FEW);
    assertThat(collected(few).truncated()).isEqualTo(few.fetch().truncated());
    assertThat(collected(few.top(10)).truncated()).isFalse();
    for (VectorSearch<Note> cut :
        List.of(
            few.efSearch(1).maxScanTuples(1),
            few.efSearch(1).maxScanTuples(1).where(Notes.ID.eq(300)))) {
      assertThat(cut.fetch().truncated()).isTrue();
      assertThat(collected(cut)).isEqualTo(cut.fetch());
      assertThat(collected(cut.exact()).truncated()).isFalse();
    }
  }

  @Test
  void stay_as_they_are_whatever_their_transaction_does_in_between(TenantDatabase tenants) {
    List<Note> expected = byIndex(tenants.as(MANY)).top(3_000).fetch().records();
    tenants
        .as(MANY)
        .transaction(
            transaction -> {
              List<Note> read = new ArrayList<>();
              byIndex(transaction).top(3_000).stream(
                  found -> {
                    found
                        .records()
                        .forEach(
                            note -> {
                              if (read.size() % FETCHED_AT_A_TIME == 0) {
                                byIndex(transaction)
                                    .efSearch(10)
                                    .iterativeScan(IterativeScan.OFF)
                                    .maxScanTuples(1)
                                    .fetch();
                                REPOSITORY.upsert(
                                    transaction, new Note(note.id(), "xx", Embedding.of(query())));
                              }
                              read.add(note);
                            });
                    return true;
                  });
              assertThat(read).isEqualTo(expected);
            });
  }

  @Test
  void bring_their_plan_where_it_was_asked_for(TenantDatabase tenants) {
    SearchPlan plan =
        byIndex(tenants.as(MANY)).efSearch(77).withPlan().stream(StreamedResult::plan);
    assertThat(plan.settings()).containsEntry("hnsw.ef_search", "77");
    assertThat(plan.explain().orElseThrow()).contains("Index Scan using " + Notes.INDEX);
  }

  @Test
  void leave_nothing_on_their_connection_and_hand_on_what_the_work_throws(
      TenantDatabase tenants, Database database) {
    Session many = tenants.as(MANY);
    assertThatThrownBy(
            () ->
                REPOSITORY.search(many, query()).efSearch(99).stream(
                    found -> {
                      assertThat(found.hits().findFirst()).isPresent();
                      throw new IOException("of the work");
                    }))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("of the work");
    Stream<Hit<Note>> kept =
        REPOSITORY.search(many, query()).top(3_000).stream(StreamedResult::hits);
    assertThatThrownBy(kept::count).isInstanceOf(TenonException.class);
    assertThat(
            database
                .sql()
                .fetchSingle("select current_setting('hnsw.ef_search', true)")
                .get(0, String.class))
        .isNotEqualTo("99");
  }

  @Test
  void are_checked_as_those_of_fetch(TenantDatabase tenants) {
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(MANY), query());
    assertThatThrownBy(
            () -> search.diverse(0.5, 20).<Long, RuntimeException>stream(f -> f.hits().count()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("diverse(…) was asked of a search that is streamed");
    assertThatThrownBy(
            () ->
                search.top(1001).iterativeScan(IterativeScan.OFF).<Long, RuntimeException>stream(
                    f -> f.hits().count()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("with iterativeScan(OFF)");
    assertThatThrownBy(
            () ->
                search.where(LANGUAGE.eq("half \ud800 pair")).<Long, RuntimeException>stream(
                    f -> f.hits().count()))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("half of a surrogate pair");
    assertThatThrownBy(
            () ->
                search
                    .where(DSL.field(DSL.name("author"), SQLDataType.VARCHAR).eq("a"))
                    .<Long, RuntimeException>stream(f -> f.hits().count()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("column \"author\" does not exist");
    assertThat(search.fetch().hits()).hasSize(10);
  }
}
