package dev.tenon.vector;

import static dev.tenon.vector.Runbooks.ACME;
import static dev.tenon.vector.Runbooks.BOLT;
import static dev.tenon.vector.Runbooks.REPOSITORY;
import static dev.tenon.vector.Runbooks.near;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.vector.Runbooks.Runbook;
import dev.tenon.vector.Runbooks.Title;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Runbooks.class)
class VectorRepositoryTest {

  @Test
  void finds_the_nearest_first_with_distance_and_score(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Runbook far = Runbook.of("restart", near(5, 0));
    Runbook nearest = Runbook.of("disk full", near(0, 0));
    Runbook second = Runbook.of("disk slow", near(0, 1));
    REPOSITORY.upsert(acme, far);
    REPOSITORY.upsert(acme, second);
    REPOSITORY.upsert(acme, nearest);

    SearchResult<Runbook> result = REPOSITORY.search(acme, near(0, 0)).top(2).fetch();

    assertThat(result.records()).extracting(Runbook::id).containsExactly(nearest.id(), second.id());
    assertThat(result.truncated()).isFalse();
    assertThat(result.hits().get(0).distance()).isCloseTo(0, within(1e-6));
    assertThat(result.hits().get(0).score()).isCloseTo(1, within(1e-6));
    assertThat(result.hits().get(1).distance()).isCloseTo(1 - Math.sqrt(0.5), within(1e-6));
    assertThat(result.hits().get(1).score()).isCloseTo(Math.sqrt(0.5), within(1e-6));
  }

  @Test
  void returns_records_as_they_were_written(TenantDatabase tenants) {
    Runbook written = Runbook.of("naïve ' \" \\ ? 日本", Vectors.random(1, Runbooks.DIMENSIONS));
    REPOSITORY.upsert(tenants.as(ACME), written);
    Runbook read = REPOSITORY.search(tenants.as(ACME), near(0, 0)).fetch().records().get(0);
    assertThat(read).isEqualTo(written);
  }

  @Test
  void reads_embeddings_also_after_the_driver_switched_to_binary_results(TenantDatabase tenants) {
    float[] embedding = Vectors.random(2, Runbooks.DIMENSIONS);
    REPOSITORY.upsert(tenants.as(ACME), Runbook.of("a", embedding));
    for (int i = 0; i < 12; i++) {
      assertThat(
              REPOSITORY.search(tenants.as(ACME), embedding).fetch().records().get(0).embedding())
          .isEqualTo(Embedding.of(embedding));
    }
  }

  @Test
  void reads_hits_into_a_record_without_the_embedding(TenantDatabase tenants) {
    Runbook written = Runbook.of("disk full", near(0, 0));
    REPOSITORY.upsert(tenants.as(ACME), written);
    assertThat(REPOSITORY.search(tenants.as(ACME), near(0, 0)).into(Title.class).fetch().records())
        .containsExactly(new Title(written.id(), "disk full"));
  }

  @Test
  void replaces_the_row_with_the_same_id(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Runbook first = Runbook.of("first", near(0, 0));
    REPOSITORY.upsert(acme, first);
    REPOSITORY.upsert(acme, first.titled("second"));
    assertThat(REPOSITORY.search(acme, near(0, 0)).fetch().records())
        .extracting(Runbook::title)
        .containsExactly("second");
  }

  @Test
  void returns_nothing_of_another_tenant(TenantDatabase tenants) {
    Runbook secret = Runbook.of("secret", near(0, 0));
    REPOSITORY.upsert(tenants.as(ACME), secret);
    assertThat(REPOSITORY.search(tenants.as(BOLT), near(0, 0)).fetch().hits()).isEmpty();
    assertThat(REPOSITORY.search(tenants.as(BOLT), near(0, 0)).exact().fetch().hits()).isEmpty();
  }

  @Test
  void leaves_the_row_of_another_tenant_with_the_same_id_alone(TenantDatabase tenants) {
    Runbook ours = Runbook.of("ours", near(0, 0));
    REPOSITORY.upsert(tenants.as(ACME), ours);
    REPOSITORY.upsert(tenants.as(BOLT), ours.titled("theirs"));
    assertThat(REPOSITORY.search(tenants.as(ACME), near(0, 0)).fetch().records())
        .extracting(Runbook::title)
        .containsExactly("ours");
  }

  @Test
  void breaks_ties_of_distance_by_id(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Runbook first = Runbook.of("a", near(0, 0));
    Runbook second = Runbook.of("b", near(0, 0));
    Runbook third = Runbook.of("c", near(0, 0));
    REPOSITORY.upsert(acme, third);
    REPOSITORY.upsert(acme, first);
    REPOSITORY.upsert(acme, second);
    assertThat(REPOSITORY.search(acme, near(0, 0)).fetch().records())
        .extracting(Runbook::title)
        .containsExactly("a", "b", "c");
  }

  @Test
  void refuses_a_session_without_a_tenant_before_any_io(Database database) {
    Runbook runbook = Runbook.of("a", near(0, 0));
    assertThatThrownBy(() -> REPOSITORY.upsert(database, runbook))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a session without a tenant")
        .hasMessageContaining("fix:");
    assertThatThrownBy(() -> REPOSITORY.search(database, near(0, 0)))
        .isInstanceOf(UsageException.class);
  }

  @Test
  void refuses_a_vector_of_another_dimension_and_stays_usable(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Runbook wrong = Runbook.of("a", new float[] {1, 2, 3});
    assertThatThrownBy(() -> REPOSITORY.upsert(acme, wrong))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("3 dimensions instead of 384")
        .hasMessageContaining("VectorRepository of Runbook on runbooks.upsert");
    assertThatThrownBy(() -> REPOSITORY.search(acme, new float[] {1}))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("1 dimensions instead of 384");
    assertThat(REPOSITORY.search(acme, near(0, 0)).fetch().hits()).isEmpty();
  }

  @Test
  void refuses_null_records_ids_and_embeddings(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    assertThatThrownBy(() -> REPOSITORY.upsert(acme, Vague.of(null)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the record is null");
    assertThatThrownBy(
            () ->
                REPOSITORY.upsert(
                    acme, new Runbook(Vague.of(null), "a", "en", 1, Embedding.of(near(0, 0)))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the id of the record is null");
    assertThatThrownBy(
            () -> REPOSITORY.upsert(acme, new Runbook(UuidV7.next(), "a", "en", 1, Vague.of(null))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the vector is null");
    assertThatThrownBy(() -> REPOSITORY.search(acme, Vague.<float[]>of(null)))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> REPOSITORY.search(acme, Vague.<Embedding>of(null)))
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  void sees_in_a_transaction_what_it_wrote_and_forgets_it_with_the_rollback(
      TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      REPOSITORY.upsert(transaction, Runbook.of("a", near(0, 0)));
                      assertThat(REPOSITORY.search(transaction, near(0, 0)).fetch().hits())
                          .hasSize(1);
                      throw new IllegalStateException("on purpose");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(REPOSITORY.search(acme, near(0, 0)).fetch().hits()).isEmpty();
  }
}
