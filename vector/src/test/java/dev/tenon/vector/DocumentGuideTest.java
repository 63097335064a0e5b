package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.JSONB;
import org.junit.jupiter.api.Test;

/** What the guide shows of documents; its code stands here word for word. */
@TenonTest(schema = DocumentGuideTest.Schema.class)
final class DocumentGuideTest {

  static final DocumentRepository MANUALS =
      DocumentRepository.of("passages", VectorSpace.cosine(384));

  static final DocumentRepository BETTER_MANUALS =
      MANUALS.embeddedIn("better", VectorSpace.cosine(1024).half());

  static final DocumentModelChange<RuntimeException> MANUALS_CHANGE =
      DocumentModelChange.of(MANUALS, BETTER_MANUALS, DocumentGuideTest::betterModel);

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          manuals(),
          Migrations.named("better").script("V1__better.sql", MANUALS_CHANGE.chunks().addSql()));
    }
  }

  private static Migrations manuals() {
    return Migrations.named("manuals")
        .script("V1__passages.sql", MANUALS.tableSql())
        .script("V2__passages_policy.sql", TenantTable.rls("passages").sql())
        .script("V3__passages_index.sql", MANUALS.chunks().indexSql());
  }

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  private static float[] model(String text) {
    return Vectors.random(text.hashCode(), 384);
  }

  private static float[] betterModel(String text) {
    return Vectors.random(text.hashCode(), 1024);
  }

  @Test
  void replaces_the_chunks_of_a_document(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    UUID manual = UuidV7.next();
    String text = "The disk is full: remove old logs.\n\nNo route to host: look at the gateway.";
    List<DocumentRepository.Piece> pieces = pieces(text);
    DocumentRepository.Replaced replaced =
        MANUALS.replace(acme, manual, pieces, DocumentGuideTest::model);
    assertThat(replaced).isEqualTo(new DocumentRepository.Replaced(0, 2, 0, 2));

    List<Chunk> nearest =
        MANUALS
            .chunks()
            .search(acme, "the disk is full", DocumentGuideTest::model)
            .top(5)
            .where(Chunk.attribute("language").eq("en"))
            .where(Chunk.ATTRIBUTES.contains(JSONB.valueOf("{\"readers\": [\"ops\"]}")))
            .fetch()
            .records();
    assertThat(nearest).hasSize(2);

    List<Chunk> inOrder = MANUALS.find(acme, manual);
    int removed = MANUALS.delete(acme, manual);
    assertThat(removed).isEqualTo(inOrder.size()).isEqualTo(2);
  }

  static List<DocumentRepository.Piece> pieces(String document) {
    JSONB attributes = JSONB.valueOf("{\"language\": \"en\", \"readers\": [\"ops\", \"dev\"]}");
    List<DocumentRepository.Piece> pieces = new ArrayList<>();
    int from = 0;
    while (from < document.length()) {
      int blankLine = document.indexOf("\n\n", from);
      int to = blankLine < 0 ? document.length() : blankLine + 2;
      pieces.add(DocumentRepository.Piece.of(document, from, to).withAttributes(attributes));
      from = to;
    }
    return pieces;
  }

  @Test
  void changes_the_model_of_documents(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    UUID manual = UuidV7.next();
    String text = "The disk is full: remove old logs.\n\nNo route to host: look at the gateway.";
    List<DocumentRepository.Piece> pieces = pieces(text);
    try (Database owner = TestSchema.connect(made, made.owner())) {
      MANUALS_CHANGE.replace(acme, manual, pieces, DocumentGuideTest::model);
      MANUALS_CHANGE.chunks().backfill(acme).run();
      BETTER_MANUALS.chunks().indexBuild(owner).run();
      MANUALS_CHANGE.chunks().cutOver(owner);
      BETTER_MANUALS.replace(acme, manual, pieces, DocumentGuideTest::betterModel);
    }
    assertThat(
            BETTER_MANUALS
                .chunks()
                .search(acme, "the disk is full", DocumentGuideTest::betterModel)
                .fetch()
                .hits())
        .hasSize(2);
  }
}
