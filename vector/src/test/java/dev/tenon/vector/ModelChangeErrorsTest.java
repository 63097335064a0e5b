package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.ModelChangeTest.NewPage;
import dev.tenon.vector.ModelChangeTest.Page;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a change says that was not begun, or that has ended. */
@TenonTest(schema = ModelChangeErrorsTest.Schema.class)
final class ModelChangeErrorsTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final VectorRepository<Page> OLD =
      VectorRepository.of("pages", Page.class, VectorSpace.cosine(8));
  private static final VectorRepository<NewPage> NEW =
      VectorRepository.of("pages", NewPage.class, VectorSpace.cosine(12));
  private static final ModelChange<Page, NewPage, RuntimeException> CHANGE =
      ModelChange.of(
          OLD,
          NEW,
          pages ->
              pages.stream()
                  .map(p -> new NewPage(p.id(), p.text(), Embedding.of(Vectors.random(p.id(), 12))))
                  .toList());

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("pages")
              .script("V1__pages.sql", OLD.tableSql() + TenantTable.rls("pages").sql()));
    }
  }

  private static Page page(int id) {
    return new Page(id, "text " + id, Embedding.of(Vectors.random(id, 8)));
  }

  private static List<ThrowingCallable> calls(TenantSession acme, Database owner) {
    return List.of(
        () -> CHANGE.upsert(acme, page(1)),
        () -> CHANGE.upsertAll(acme, List.of(page(1))),
        () -> CHANGE.load(acme, Stream.of(page(1))),
        () -> CHANGE.backfill(acme).run(),
        () -> CHANGE.overlap(acme, 10, 5),
        () -> CHANGE.cutOver(owner),
        () -> CHANGE.rollBack(owner));
  }

  @Test
  void before_addSql_each_call_names_it(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    OLD.upsertAll(acme, List.of(page(1), page(2), page(3)));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      for (ThrowingCallable call : calls(acme, owner)) {
        assertThatThrownBy(call)
            .isInstanceOf(UsageException.class)
            .hasMessageContaining("pages has no column better")
            .hasMessageContaining("migrate ModelChange.addSql() first");
      }
      assertThatThrownBy(() -> CHANGE.backfill(acme).left())
          .hasMessageContaining("ModelChange.left")
          .hasMessageContaining("migrate ModelChange.addSql() first");
    }
  }

  @Test
  void behind_finishSql_each_call_tells_that_the_change_has_ended(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.migrate(
          Migrations.named("change")
              .script("V1__begin.sql", CHANGE.addSql())
              .script("V2__end.sql", CHANGE.finishSql()));
      for (ThrowingCallable call : calls(acme, owner)) {
        assertThatThrownBy(call)
            .isInstanceOf(UsageException.class)
            .hasMessageContaining("pages has no column embedding")
            .hasMessageContaining("finishSql() has ended the change");
      }
    }
    assertThat(NEW.search(acme, Vectors.random(1, 12)).fetch().hits()).isEmpty();
  }
}
