package dev.tenon.vector;

import dev.tenon.core.Migrations;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** An empty table of runbooks, 384 dimensions, with its index and its policies. */
final class Runbooks implements TestSchema {

  static final int DIMENSIONS = 384;
  static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  static final UUID BOLT = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b22");

  static final VectorRepository<Runbook> REPOSITORY =
      VectorRepository.of("runbooks", Runbook.class, VectorSpace.cosine(DIMENSIONS));

  static final Field<String> LANGUAGE = DSL.field(DSL.name("language"), SQLDataType.VARCHAR);
  static final Field<Integer> STEPS = DSL.field(DSL.name("steps"), SQLDataType.INTEGER);

  record Runbook(UUID id, String title, String language, int steps, Embedding embedding) {

    static Runbook of(String title, float... embedding) {
      return new Runbook(UuidV7.next(), title, "en", 1, Embedding.of(embedding));
    }

    Runbook titled(String other) {
      return new Runbook(id, other, language, steps, embedding);
    }
  }

  /** What a list of hits shows; the embedding stays on the server. */
  record Title(UUID id, String title) {}

  static float[] near(int axis, double slope) {
    return Vectors.near(axis, slope, DIMENSIONS);
  }

  @Override
  public Set<String> extensions() {
    return Set.of("vector");
  }

  @Override
  public List<Migrations> migrations() {
    return List.of(
        TenancyMigrations.all(),
        Migrations.named("runbooks")
            .script(
                "V1__runbooks.sql",
                REPOSITORY.tableSql() + REPOSITORY.indexSql() + TenantTable.rls("runbooks").sql()));
  }
}
