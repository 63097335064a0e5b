package dev.tenon.vector;

import static dev.tenon.vector.ChunkWords.ACME;
import static dev.tenon.vector.ChunkWords.DOCUMENTS;
import static dev.tenon.vector.ChunkWords.HOSTILE;
import static dev.tenon.vector.ChunkWords.HOSTILE_WORDS;
import static dev.tenon.vector.ChunkWords.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.search.Facets.Count;
import dev.tenon.core.search.TextSearch;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.vector.ChunkWords.Passage;
import dev.tenon.vector.DocumentRepository.Piece;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jooq.JSONB;
import org.junit.jupiter.api.Test;

/** Names of attributes, and languages, that mean something to SQL, to the driver or to a script. */
@TenonTest(schema = ChunkWords.Hostile.class)
final class HostileAttributesTest {

  private static final UUID MANUAL = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b21");

  /** A chunk that is in a language for each of the names, but for one. */
  private static void replace(TenantSession session, String without) {
    String attributes =
        HOSTILE.stream()
            .filter(name -> !name.equals(without))
            .map(name -> json(name) + ": " + json("en " + name))
            .collect(Collectors.joining(", ", "{", "}"));
    var unused =
        DOCUMENTS.replace(
            session,
            MANUAL,
            List.of(new Piece(0, 1, "houses", JSONB.valueOf(attributes))),
            text -> Vectors.random(1, 8));
  }

  private static String json(String text) {
    String escaped = text.chars().mapToObj("\\u%04x"::formatted).collect(Collectors.joining());
    return '"' + escaped + '"';
  }

  @Test
  void are_names_and_values_like_others(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, "no such name");

    for (int i = 0; i < HOSTILE.size(); i++) {
      String name = HOSTILE.get(i);
      TextSearch<Passage> words = HOSTILE_WORDS.get(i);
      Field<String> attribute = Chunk.attribute(name);

      assertThat(words.search(acme, "house").headline(TEXT).fetch().hits())
          .as(name)
          .singleElement()
          .satisfies(
              hit ->
                  assertThat(hit.headline().orElseThrow().html()).isEqualTo("<mark>houses</mark>"));
      assertThat(
              words
                  .search(acme, "house")
                  .where(attribute.eq("en " + name))
                  .facets(attribute)
                  .of(attribute)
                  .counts())
          .as(name)
          .containsExactly(new Count<>("en " + name, 1));
      assertThat(
              DOCUMENTS
                  .chunks()
                  .search(acme, Vectors.random(1, 8))
                  .where(attribute.eq("en " + name))
                  .fusedWith(words.search(acme, "house"))
                  .fetch()
                  .hits())
          .as(name)
          .singleElement()
          .satisfies(hit -> assertThat(hit.textRank()).hasValue(1));
    }
  }

  @Test
  void are_missed_by_the_check_of_their_own_language(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    for (int i = 0; i < HOSTILE.size(); i++) {
      String name = HOSTILE.get(i);
      String constraint = "passages_search_" + i + "_language";
      assertThatThrownBy(() -> replace(acme, name))
          .as(name)
          .isInstanceOfSatisfying(
              InvalidDataException.class,
              error -> assertThat(error.constraint()).hasValue(constraint));
    }
  }
}
