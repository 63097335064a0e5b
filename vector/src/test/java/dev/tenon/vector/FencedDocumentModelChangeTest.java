package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.DocumentRepository.Piece;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** Documents behind a fence whose chunks go from one embedding model to another. */
@TenonTest(schema = FencedDocumentModelChangeTest.Schema.class)
final class FencedDocumentModelChangeTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final UUID BOLT = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b12");
  private static final UUID MANUAL = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b21");

  private static final DocumentRepository OLD = old(DSL.table(DSL.name("passages")));
  private static final DocumentModelChange<RuntimeException> CHANGE = change(OLD);

  private static DocumentRepository old(Table<?> table) {
    return DocumentRepository.of(table, VectorSpace.cosine(8));
  }

  private static DocumentRepository better(DocumentRepository old) {
    return old.embeddedIn("better", VectorSpace.cosine(12));
  }

  private static DocumentModelChange<RuntimeException> change(DocumentRepository old) {
    return DocumentModelChange.of(
        old, better(old), text -> Vectors.random(31L * text.hashCode(), 12));
  }

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      DocumentRepository base = old(DSL.table(DSL.name("fenced", "passages")));
      String fence = TenantTable.fence("passages").key("id").sql();
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("passages")
              .script("V1__passages.sql", OLD.tableSql() + fence)
              .script("V2__model.sql", change(base).chunks().addSql() + fence));
    }
  }

  private static float[] oldModel(String text) {
    return Vectors.random(text.hashCode(), 8);
  }

  private static List<Piece> pieces(String... texts) {
    return List.of(texts).stream().map(text -> new Piece(0, text.length(), text)).toList();
  }

  @Test
  void documents_change_their_model_as_without_the_fence(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    OLD.replace(acme, MANUAL, pieces("one", "two"), FencedDocumentModelChangeTest::oldModel);
    OLD.replace(
        tenants.as(BOLT), MANUAL, pieces("theirs"), FencedDocumentModelChangeTest::oldModel);
    CHANGE.replace(acme, MANUAL, pieces("one", "three"), FencedDocumentModelChangeTest::oldModel);
    CHANGE.chunks().backfill(tenants.as(BOLT)).run();
    try (Database owner = TestSchema.connect(made, made.owner())) {
      CHANGE.chunks().cutOver(owner);
    }
    assertThat(
            better(OLD)
                .chunks()
                .search(acme, Vectors.random(31L * "three".hashCode(), 12))
                .top(9)
                .fetch()
                .records())
        .extracting(Chunk::text)
        .containsExactly("three", "one");
  }
}
