package dev.tenon.vector;

import static dev.tenon.vector.Runbooks.ACME;
import static dev.tenon.vector.Runbooks.REPOSITORY;
import static dev.tenon.vector.Runbooks.near;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Migrations;
import dev.tenon.core.ServerException;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.vector.Runbooks.Runbook;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

@TenonTest(schema = VectorExtensionTest.WithoutExtension.class)
class VectorExtensionTest {

  static final class WithoutExtension implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("runbooks")
              .script(
                  "V1__runbooks.sql",
                  """
                  create table runbooks (
                    tenant_id uuid not null, id uuid not null, title text, language text,
                    steps integer not null, embedding real[] not null, primary key (tenant_id, id)
                  )
                  """));
    }
  }

  @Test
  void says_that_the_extension_is_missing_and_leaves_the_connection_clean(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Runbook runbook = Runbook.of("a", near(0, 0));
    List<Runnable> ways =
        List.of(
            () -> REPOSITORY.search(acme, near(0, 0)).fetch(),
            () -> REPOSITORY.search(acme, near(0, 0)).exact().fetch(),
            () -> REPOSITORY.upsert(acme, runbook),
            () -> REPOSITORY.load(acme, Stream.of(runbook)));
    for (Runnable way : ways) {
      assertThatThrownBy(way::run)
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("the extension 'vector' is missing")
          .hasMessageContaining("create extension if not exists vector");
    }
    assertThat(acme.sql().fetchCount(org.jooq.impl.DSL.table("runbooks"))).isZero();
  }
}
