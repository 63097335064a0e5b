package dev.tenon.vector;

import static dev.tenon.vector.Notes.INDEX;
import static dev.tenon.vector.Notes.LANGUAGE;
import static dev.tenon.vector.Notes.MANY;
import static dev.tenon.vector.Notes.REPOSITORY;
import static dev.tenon.vector.Notes.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Transaction;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.vector.Notes.Note;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** Whether a filtered search goes by the index depends on its values, however often it ran. */
@TenonTest(schema = FilterChoiceTest.Skewed.class)
final class FilterChoiceTest {

  private static final int PAST_ANY_GENERIC_PLAN = 20;
  private static final String COMMON = "en";
  private static final String RARE = "sv";

  /** Half of the notes are in one language, ten in another. */
  static final class Skewed extends Notes {

    @Override
    String policies() {
      return """
      update notes set language = 'sv' where id between 101 and 110;
      create index on notes (tenant_id, language);
      analyze notes;
      """
          + super.policies();
    }
  }

  @Test
  void a_rare_value_is_compared_exactly_and_a_common_one_found_by_the_index(
      TenantDatabase tenants) {
    tenants
        .as(MANY)
        .transaction(
            transaction -> {
              for (int i = 0; i < PAST_ANY_GENERIC_PLAN; i++) {
                assertThat(indexScans(transaction, COMMON)).as("scans, run %d", i).isEqualTo(1);
                assertThat(indexScans(transaction, RARE)).as("scans, run %d", i).isZero();
              }
            });
  }

  @Test
  void a_rare_value_fills_behind_many_common_ones(TenantDatabase tenants) {
    tenants
        .as(MANY)
        .transaction(
            transaction -> {
              for (int i = 0; i < PAST_ANY_GENERIC_PLAN; i++) {
                assertThat(search(transaction, COMMON).fetch().hits()).hasSize(10);
              }
              SearchResult<Note> rare = search(transaction, RARE).fetch();
              assertThat(rare.hits()).hasSize(10);
              assertThat(rare.hits()).isEqualTo(search(transaction, RARE).exact().fetch().hits());
            });
  }

  private static long indexScans(Transaction transaction, String language) {
    long before = scans(transaction);
    assertThat(search(transaction, language).fetch().hits()).hasSize(10);
    return scans(transaction) - before;
  }

  private static VectorSearch<Note> search(Transaction transaction, String language) {
    return REPOSITORY.search(transaction, query()).maxScanTuples(200).where(LANGUAGE.eq(language));
  }

  private static long scans(Transaction transaction) {
    return transaction
        .sql()
        .resultQuery("select pg_stat_get_xact_numscans(cast({0} as regclass))", DSL.inline(INDEX))
        .fetchSingle(0, Long.class);
  }
}
