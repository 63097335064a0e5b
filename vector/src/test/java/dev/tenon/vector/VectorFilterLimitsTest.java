package dev.tenon.vector;

import static dev.tenon.vector.Notes.FEW;
import static dev.tenon.vector.Notes.ID;
import static dev.tenon.vector.Notes.REPOSITORY;
import static dev.tenon.vector.Notes.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.vector.Notes.Note;
import java.util.List;
import java.util.stream.IntStream;
import org.jooq.Condition;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** Filters that are too large, too deep, or name what is not there. */
@TenonTest(schema = Notes.class)
class VectorFilterLimitsTest {

  @Test
  void a_filter_of_many_values_is_bound_with_its_plan_and_without(TenantDatabase tenants) {
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(FEW), query());
    assertThat(search.where(anyOf(65_000)).fetch().hits()).hasSize(10);
    assertThat(search.where(anyOf(32_000)).withPlan().fetch().hits()).hasSize(10);
  }

  @Test
  void a_filter_of_more_values_than_a_statement_takes_is_refused(TenantDatabase tenants) {
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(FEW), query()).where(anyOf(70_000));
    assertThatThrownBy(search::fetch)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("more than 65535 parameters")
        .hasMessageContaining("unnest");
    Integer[] many = IntStream.range(0, 70_000).boxed().toArray(Integer[]::new);
    Condition asOneArray =
        ID.in(DSL.select(DSL.field("unnest({0})", ID.getDataType(), DSL.val(many))));
    assertThat(REPOSITORY.search(tenants.as(FEW), query()).where(asOneArray).exact().fetch().hits())
        .hasSize(10);
    assertThat(REPOSITORY.search(tenants.as(FEW), query()).fetch().hits()).hasSize(10);
  }

  private static Condition anyOf(int count) {
    return DSL.or(IntStream.range(0, count).mapToObj(ID::eq).toList());
  }

  @Test
  @SuppressWarnings("NullAway") // What must not be is what is tried.
  void no_condition_is_not_a_condition_that_is_null(TenantDatabase tenants) {
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(FEW), query());
    Condition forgotten = null;
    assertThatThrownBy(() -> search.where(forgotten)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> REPOSITORY.recall(tenants.as(FEW)).where(forgotten))
        .isInstanceOf(UsageException.class);
    assertThat(search.where(DSL.noCondition()).fetch().hits()).hasSize(10);
  }

  @Test
  void a_filter_that_is_nested_too_deeply_is_refused(TenantDatabase tenants) {
    Condition filter = ID.eq(1);
    for (int i = 0; i < 100_000; i++) {
      filter = i % 2 == 0 ? filter.or(ID.eq(i)).not() : filter.and(ID.ne(i));
    }
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(FEW), query()).where(filter);
    assertThatThrownBy(search::fetch)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("nested too deeply");
  }

  @Test
  void a_function_that_is_not_there_is_not_blamed_on_the_extension(TenantDatabase tenants) {
    VectorSearch<Note> search = REPOSITORY.search(tenants.as(FEW), query());
    for (String filter :
        List.of("vectorise(embedding)", "embedding <!> embedding", "embedding::vectors is null")) {
      assertThatThrownBy(() -> search.where(DSL.condition(filter)).fetch())
          .as(filter)
          .isInstanceOf(UsageException.class)
          .hasMessageNotContaining("is missing or older");
    }
  }
}
