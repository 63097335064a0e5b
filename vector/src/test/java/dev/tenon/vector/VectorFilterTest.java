package dev.tenon.vector;

import static dev.tenon.vector.Notes.FEW;
import static dev.tenon.vector.Notes.ID;
import static dev.tenon.vector.Notes.LANGUAGE;
import static dev.tenon.vector.Notes.MANY;
import static dev.tenon.vector.Notes.REPOSITORY;
import static dev.tenon.vector.Notes.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.vector.Notes.Note;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.jooq.Condition;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** Filters on a table whose policies were forgotten: the repository's own fence must hold. */
@TenonTest(schema = VectorFilterTest.Unguarded.class)
class VectorFilterTest {

  static final class Unguarded extends Notes {
    @Override
    String policies() {
      return "select 1";
    }
  }

  private static final List<String> HOSTILE =
      List.of(
          "en' or true --",
          "'; drop table notes; --",
          "en\" or \"1\"=\"1",
          "\\' or 1=1",
          "?",
          "$1",
          "{0}",
          "%s",
          "");

  @Test
  void takes_hostile_values_for_values(TenantDatabase tenants) {
    for (String value : HOSTILE) {
      assertThat(
              REPOSITORY
                  .search(tenants.as(FEW), query())
                  .where(LANGUAGE.eq(value).or(LANGUAGE.in(value, value)))
                  .fetch()
                  .hits())
          .isEmpty();
    }
    assertThat(REPOSITORY.search(tenants.as(FEW), query()).fetch().hits()).hasSize(10);
  }

  @Test
  void keeps_to_its_tenant_whatever_the_filter_says(TenantDatabase tenants) {
    List<Condition> filters =
        List.of(
            DSL.noCondition(),
            LANGUAGE.eq("en").or(LANGUAGE.ne("en")),
            DSL.condition("language = 'en' or true"),
            DSL.condition("tenant_id <> {0} or {1}", DSL.val(FEW), DSL.inline(true)),
            DSL.not(DSL.field(DSL.name("tenant_id")).isNull()));
    for (Condition filter : filters) {
      VectorSearch<Note> search =
          REPOSITORY.search(tenants.as(FEW), query()).where(filter).top(100);
      assertThat(search.exact().fetch().records()).hasSize(Notes.ROWS_OF_FEW);
      assertThat(search.fetch().records())
          .isNotEmpty()
          .allSatisfy(note -> assertThat(note.id() % 100).isZero());
    }
  }

  @Test
  void finds_what_the_same_filter_finds_in_java(TenantDatabase tenants) {
    List<Note> all = REPOSITORY.search(tenants.as(FEW), query()).exact().top(100).fetch().records();
    Random random = new Random(11);
    for (int i = 0; i < 100; i++) {
      Filter filter = Filter.random(random, 3);
      List<Note> expected = all.stream().filter(filter.predicate()).toList();
      VectorSearch<Note> search =
          REPOSITORY.search(tenants.as(FEW), query()).where(filter.condition()).top(100);
      assertThat(search.exact().fetch().records())
          .as(filter.condition().toString())
          .isEqualTo(expected);
      SearchResult<Note> approximate = search.fetch();
      assertThat(approximate.records()).isSubsetOf(expected);
      assertThat(approximate.truncated()).isEqualTo(approximate.hits().size() < expected.size());
    }
  }

  private record Filter(Condition condition, Predicate<Note> predicate) {

    static Filter random(Random random, int depth) {
      return switch (random.nextInt(depth == 0 ? 3 : 6)) {
        case 0 -> above(random.nextInt(6_000));
        case 1 -> in(random.nextBoolean() ? "en" : "de");
        case 2 -> above(random.nextInt(6_000)).and(in("en"));
        case 3 -> random(random, depth - 1).not();
        case 4 -> random(random, depth - 1).and(random(random, depth - 1));
        default -> random(random, depth - 1).or(random(random, depth - 1));
      };
    }

    private static Filter above(int bound) {
      return new Filter(ID.gt(bound), note -> note.id() > bound);
    }

    private static Filter in(String language) {
      return new Filter(LANGUAGE.eq(language), note -> note.language().equals(language));
    }

    private Filter not() {
      return new Filter(condition.not(), predicate.negate());
    }

    private Filter and(Filter other) {
      return new Filter(condition.and(other.condition), predicate.and(other.predicate));
    }

    private Filter or(Filter other) {
      return new Filter(condition.or(other.condition), predicate.or(other.predicate));
    }
  }

  @Test
  void takes_a_condition_that_is_used_twice(TenantDatabase tenants) {
    Condition english = LANGUAGE.eq("en");
    assertThat(
            REPOSITORY
                .search(tenants.as(FEW), query())
                .where(english.and(ID.gt(3_000).or(english)))
                .where(english)
                .exact()
                .top(100)
                .fetch()
                .hits())
        .hasSize(Notes.ROWS_OF_FEW / 2);
  }

  @Test
  void finds_the_many_rows_of_the_other_tenant_too(TenantDatabase tenants) {
    assertThat(REPOSITORY.search(tenants.as(MANY), query()).top(1000).fetch().hits()).hasSize(1000);
  }
}
