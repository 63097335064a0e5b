package dev.tenon.vector;

import static dev.tenon.vector.Notes.MANY;
import static dev.tenon.vector.Notes.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Hits that are near to the query and unlike each other, against the definition. */
@TenonTest(schema = Notes.class)
final class MarginalRelevanceTest {

  @Test
  void chooses_as_the_definition_does(TenantDatabase tenants) {
    VectorSearch<Notes.Note> search = REPOSITORY.search(tenants.as(MANY), Notes.query());
    List<Hit<Notes.Note>> left = new ArrayList<>(search.top(50).fetch().hits());
    List<Hit<Notes.Note>> expected = new ArrayList<>();
    expected.add(left.remove(0));
    while (expected.size() < 8) {
      Hit<Notes.Note> best =
          left.stream().max(Comparator.comparingDouble(hit -> worth(hit, expected))).orElseThrow();
      expected.add(best);
      left.remove(best);
    }

    assertThat(search.top(8).diverse(0.4, 50).fetch().hits()).isEqualTo(expected);
    assertThat(expected).isNotEqualTo(search.top(8).fetch().hits());
  }

  private static double worth(Hit<Notes.Note> hit, List<Hit<Notes.Note>> chosen) {
    double likest =
        chosen.stream()
            .mapToDouble(
                other ->
                    Vectors.cosine(
                        hit.record().embedding().toArray(), other.record().embedding().toArray()))
            .max()
            .orElseThrow();
    return 0.4 * hit.score() - 0.6 * likest;
  }

  @Test
  void relevance_alone_is_the_order_of_distance(TenantDatabase tenants) {
    VectorSearch<Notes.Note> search = REPOSITORY.search(tenants.as(MANY), Notes.query()).top(5);
    assertThat(search.diverse(1, 20).fetch()).isEqualTo(search.fetch());
  }

  @Test
  void is_refused_where_hits_come_without_their_embeddings(TenantDatabase tenants) {
    VectorSearch<Notes.Note> search = REPOSITORY.search(tenants.as(MANY), Notes.query());
    assertThatThrownBy(() -> search.into(Notes.Listed.class).diverse(0.5, 20).fetch())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Listed has no embedding of numbers");
    assertThatThrownBy(() -> search.diverse(1.5, 20)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> search.diverse(Double.NaN, 20)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> search.diverse(0.5, 0)).isInstanceOf(UsageException.class);
  }
}
