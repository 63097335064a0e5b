package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.DocumentRepository.Piece;
import dev.tenon.vector.DocumentRepository.Replaced;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.JSONB;
import org.junit.jupiter.api.Test;

/** What an application tells of the pieces of a document, and filters their chunks by. */
@TenonTest(schema = ChunkAttributesTest.Schema.class)
final class ChunkAttributesTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final UUID MANUAL = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b21");
  private static final VectorSpace SPACE = VectorSpace.cosine(8);

  private static final DocumentRepository DOCUMENTS = DocumentRepository.of("passages", SPACE);
  private static final DocumentRepository OLD = DocumentRepository.of("old_passages", SPACE);
  private static final DocumentRepository FENCED = DocumentRepository.of("fenced_old", SPACE);

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      String fence = TenantTable.fence("fenced_old").key("id").sql();
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("passages")
              .script("V1__passages.sql", DOCUMENTS.tableSql() + TenantTable.rls("passages").sql())
              .script(
                  "V2__old.sql", old(OLD, "old_passages") + TenantTable.rls("old_passages").sql())
              .script("V3__old.sql", OLD.upgradeSql())
              .script("V4__fenced.sql", old(FENCED, "fenced_old") + fence)
              .script("V5__fenced.sql", FENCED.upgradeSql() + fence));
    }

    /** As it was before there were attributes and columns that are not null, with a chunk. */
    private static String old(DocumentRepository documents, String table) {
      return documents.tableSql()
          + """
          alter table %1$s drop column attributes, alter column document_id drop not null,
            alter column text drop not null, alter column hash drop not null;
          insert into %1$s values ('%2$s', '%3$s', '%3$s', 0, 0, 3, 'old',
            '%4$s', '[1,1,1,1,1,1,1,1]');
          """
              .formatted(table, ACME, MANUAL, ChunkRows.hash("old"));
    }
  }

  private final List<String> asked = new ArrayList<>();

  private float[] model(String text) {
    asked.add(text);
    return Vectors.random(text.hashCode(), 8);
  }

  private static Piece piece(String text, String attributes) {
    return new Piece(0, 1, text, JSONB.valueOf(attributes));
  }

  private Replaced replace(DocumentRepository documents, TenantSession session, Piece... pieces) {
    return documents.replace(session, MANUAL, List.of(pieces), this::model);
  }

  private List<String> found(TenantSession session, Condition filter) {
    return DOCUMENTS
        .chunks()
        .search(session, Vectors.random(1, 8))
        .where(filter)
        .fetch()
        .records()
        .stream()
        .map(Chunk::text)
        .sorted()
        .toList();
  }

  private static Condition readBy(String reader) {
    return Chunk.ATTRIBUTES.contains(JSONB.valueOf("{\"readers\": [\"" + reader + "\"]}"));
  }

  @Test
  void chunks_are_found_by_what_the_application_tells_of_them(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(
        DOCUMENTS,
        acme,
        piece("one", "{\"language\": \"en\", \"readers\": [\"ops\", \"dev\"]}"),
        piece("two", "{\"language\": \"de\", \"readers\": [\"dev\"], \"o'x ?\": \"a'b ?\"}"),
        new Piece(3, 4, "three"));

    assertThat(found(acme, Chunk.attribute("language").eq("en"))).containsExactly("one");
    assertThat(found(acme, Chunk.attribute("language").isNull())).containsExactly("three");
    assertThat(found(acme, Chunk.attribute("o'x ?").eq("a'b ?"))).containsExactly("two");
    assertThat(found(acme, readBy("dev"))).containsExactly("one", "two");
    assertThat(found(acme, readBy("ops").or(Chunk.attribute("language").isNull())))
        .containsExactly("one", "three");
    assertThat(found(acme, Chunk.DOCUMENT_ID.eq(MANUAL))).hasSize(3);
    assertThat(DOCUMENTS.find(acme, MANUAL).get(2).attributes()).isEqualTo(JSONB.valueOf("{}"));
  }

  @Test
  void a_change_of_attributes_keeps_id_and_embedding_and_asks_no_model(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(DOCUMENTS, acme, piece("one", "{\"a\": 1, \"b\": \"x\"}"), piece("two", "{}"));
    List<Chunk> before = DOCUMENTS.find(acme, MANUAL);
    asked.clear();

    Piece same = piece("one", " {\"b\":\"x\",   \"a\":1}");
    assertThat(replace(DOCUMENTS, acme, same, piece("two", "{}")))
        .isEqualTo(new Replaced(2, 0, 0, 0));
    assertThat(replace(DOCUMENTS, acme, same, piece("two", "{\"a\": 2}")))
        .isEqualTo(new Replaced(1, 1, 0, 0));
    assertThat(asked).isEmpty();
    List<Chunk> after = DOCUMENTS.find(acme, MANUAL);
    assertThat(after.get(0)).isEqualTo(before.get(0));
    assertThat(after.get(1).id()).isEqualTo(before.get(1).id());
    assertThat(after.get(1).embedding()).isEqualTo(before.get(1).embedding());
    assertThat(after.get(1).attributes()).isEqualTo(JSONB.valueOf("{\"a\": 2}"));
  }

  @Test
  void a_number_that_differs_in_its_last_digit_is_a_change(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(DOCUMENTS, acme, piece("one", "{\"a\": 0.12345678901234567891}"));
    Piece changed = piece("one", "{\"a\": 0.12345678901234567892}");
    assertThat(replace(DOCUMENTS, acme, changed)).isEqualTo(new Replaced(0, 1, 0, 0));
    assertThat(DOCUMENTS.find(acme, MANUAL).get(0).attributes().data()).contains("67892");
  }

  @Test
  void numbers_of_any_size_are_compared_as_the_column_keeps_them(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    String huge = "{\"k\": 18446744073709551615, \"l\": [1E20, {\"m\": 1e30}], \"n\": 1.50E1}";
    replace(DOCUMENTS, acme, piece("one", huge));
    assertThat(replace(DOCUMENTS, acme, piece("one", huge))).isEqualTo(new Replaced(1, 0, 0, 0));
    assertThat(replace(DOCUMENTS, acme, piece("one", "{\"k\": 18446744073709551616}")))
        .isEqualTo(new Replaced(0, 1, 0, 0));
    assertThat(replace(DOCUMENTS, acme, piece("one", "{\"k\": 1}")))
        .isEqualTo(new Replaced(0, 1, 0, 0));
    assertThat(DOCUMENTS.find(acme, MANUAL).toString()).contains("{\"k\": 1}");
  }

  @Test
  void what_is_no_object_is_refused_before_anything_is_written() {
    for (String refused :
        new String[] {"[]", "1", "\"a\"", "null", "", "{", "{} {}", "{\"a\": \"\\u0000\"}"}) {
      assertThatThrownBy(() -> piece("one", refused))
          .as(refused)
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("the attributes of a piece are not stored");
    }
    assertThat(new Piece(0, 2, "xxxxxxx").withAttributes(JSONB.valueOf("{\"a\": 1}")).text())
        .isEqualTo("xxxxxxx");
  }

  @Test
  void a_table_that_was_there_has_them_after_its_upgrade(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    for (DocumentRepository documents : List.of(OLD, FENCED)) {
      asked.clear();
      assertThat(documents.find(acme, MANUAL))
          .extracting(Chunk::text, Chunk::attributes)
          .containsExactly(tuple("old", JSONB.valueOf("{}")));
      assertThat(replace(documents, acme, piece("old", "{\"a\": 1}"), piece("new", "{\"a\": 2}")))
          .isEqualTo(new Replaced(0, 2, 0, 1));
      assertThat(asked).containsExactly("new");
    }
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.sql().execute(OLD.upgradeSql());
      assertThat(
              owner
                  .sql()
                  .fetch(
                      """
                      select c.relname, a.attname
                        from pg_attribute a join pg_class c on c.oid = a.attrelid
                       where c.relkind = 'r' and a.attname in ('document_id', 'text', 'hash')
                         and not a.attnotnull
                         and c.relname ~ '(passages|fenced_old)'
                      """)
                  .intoMaps())
          .isEmpty();
    }
    assertThat(OLD.find(acme, MANUAL)).hasSize(2);
  }
}
