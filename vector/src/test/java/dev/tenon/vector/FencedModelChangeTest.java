package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** From one embedding model to another behind a fence. */
@TenonTest(schema = FencedModelChangeTest.Schema.class)
final class FencedModelChangeTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final UUID BOLT = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b12");

  record Page(int id, String text, Embedding embedding) {}

  record NewPage(int id, String text, Embedding better) {}

  private static final VectorRepository<NewPage> NEW = newOn(DSL.table(DSL.name("pages")));
  private static final VectorRepository<Page> OLD = oldOn(DSL.table(DSL.name("pages")));
  private static final ModelChange<Page, NewPage, RuntimeException> CHANGE = change(OLD, NEW);

  private static VectorRepository<Page> oldOn(Table<?> table) {
    return VectorRepository.of(table, Page.class, VectorSpace.cosine(8));
  }

  private static VectorRepository<NewPage> newOn(Table<?> table) {
    return VectorRepository.of(table, NewPage.class, VectorSpace.cosine(12));
  }

  private static ModelChange<Page, NewPage, RuntimeException> change(
      VectorRepository<Page> from, VectorRepository<NewPage> to) {
    return ModelChange.of(
        from, to, pages -> pages.stream().map(FencedModelChangeTest::embedded).toList());
  }

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    /** The column is of the base table, and the fence is declared again to show it. */
    @Override
    public List<Migrations> migrations() {
      Table<?> base = DSL.table(DSL.name("fenced", "pages"));
      String fence = TenantTable.fence("pages").key("id").sql();
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("pages")
              .script("V1__pages.sql", OLD.tableSql() + fence)
              .script("V2__model.sql", change(oldOn(base), newOn(base)).addSql() + fence));
    }
  }

  private static Page page(int id, String text) {
    return new Page(id, text, Embedding.of(Vectors.random(text.hashCode(), 8)));
  }

  private static float[] better(String text) {
    return Vectors.random(31L * text.hashCode(), 12);
  }

  private static NewPage embedded(Page page) {
    return new NewPage(page.id(), page.text(), Embedding.of(better(page.text())));
  }

  private static List<Integer> found(TenantSession session, String text) {
    return NEW.search(session, better(text)).top(1).exact().fetch().hits().stream()
        .filter(hit -> hit.distance() < 0.01)
        .map(hit -> hit.record().id())
        .toList();
  }

  @Test
  void the_model_changes_as_without_the_fence(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    OLD.load(acme, IntStream.range(0, 30).mapToObj(i -> page(i, "text " + i)));
    OLD.upsert(tenants.as(BOLT), page(1, "of another tenant"));
    CHANGE.upsert(acme, page(40, "both"));
    assertThat(found(acme, "both")).containsExactly(40);

    CHANGE.backfill(acme).batch(7).run();
    assertThat(found(acme, "text 29")).containsExactly(29);
    assertThat(found(tenants.as(BOLT), "of another tenant")).isEmpty();

    OLD.upsert(acme, page(29, "again"));
    assertThat(found(acme, "text 29")).isEmpty();
    CHANGE.backfill(acme).run();
    CHANGE.backfill(tenants.as(BOLT)).run();
    try (Database owner = TestSchema.connect(made, made.owner())) {
      CHANGE.cutOver(owner);
    }
    NEW.upsert(acme, embedded(page(50, "new alone")));
    assertThat(found(acme, "new alone")).containsExactly(50);
    assertThat(found(acme, "again")).containsExactly(29);
  }

  @Test
  void a_refused_switch_says_how_many_rows_of_which_tenant_lack_an_embedding(
      TenantDatabase tenants, TestDatabase made) {
    OLD.load(tenants.as(ACME), IntStream.range(0, 12).mapToObj(i -> page(i, "text " + i)));
    OLD.upsert(tenants.as(BOLT), page(1, "of another tenant"));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      assertThatThrownBy(() -> CHANGE.cutOver(owner))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining(
              "rows lack better: 12 of the tenant %s, 1 of the tenant %s\n".formatted(ACME, BOLT))
          .hasMessageContaining("run the back-fill of every tenant");

      for (int i = 0; i < 5; i++) {
        OLD.load(
            tenants.as(new UUID(0x7000, i)),
            IntStream.range(0, 2 + i).mapToObj(id -> page(id, "text " + id)));
      }
      assertThatThrownBy(() -> CHANGE.cutOver(owner))
          .hasMessageContaining("12 of the tenant " + ACME + ", 6 of")
          .hasMessageContaining(", 3 of 2 other tenants\n");
    }
  }

  @Test
  void a_refused_way_back_says_how_many_rows_and_what_gives_them_the_old_embedding(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    CHANGE.upsert(acme, page(1, "text"));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      CHANGE.cutOver(owner);
      NEW.upsert(acme, embedded(page(1, "changed")));
      assertThatThrownBy(() -> CHANGE.rollBack(owner))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("rows lack embedding: 1 of the tenant " + ACME)
          .hasMessageContaining("ModelChange.upsert");
      assertThat(acme.sql().fetch("select id from pages where embedding is null")).hasSize(1);
      CHANGE.upsert(acme, page(1, "changed"));
      CHANGE.rollBack(owner);
    }
  }
}
