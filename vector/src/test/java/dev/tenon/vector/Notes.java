package dev.tenon.vector;

import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * 6000 notes of 32 dimensions, every hundredth of the tenant FEW, the others of the tenant MANY;
 * every second in English.
 */
class Notes implements TestSchema {

  static final int DIMENSIONS = 32;
  static final int ROWS_OF_FEW = 60;
  static final int ROWS_OF_MANY = 5_940;
  static final UUID FEW = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b33");
  static final UUID MANY = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b44");
  static final String INDEX = "notes_embedding_hnsw";

  static final Table<?> NOTES = DSL.table(DSL.name("notes"));
  static final Field<Integer> ID = DSL.field(DSL.name("id"), SQLDataType.INTEGER);
  static final Field<String> LANGUAGE = DSL.field(DSL.name("language"), SQLDataType.VARCHAR);

  static final VectorRepository<Note> REPOSITORY =
      VectorRepository.of(NOTES, Note.class, VectorSpace.cosine(DIMENSIONS))
          .indexedBy(new HnswIndex(8, 32));

  record Note(int id, String language, Embedding embedding) {}

  /** A note without what it is searched by. */
  record Listed(int id, String language) {}

  static float[] query() {
    return Vectors.random(7, DIMENSIONS);
  }

  @Override
  public Set<String> extensions() {
    return Set.of("vector");
  }

  @Override
  public List<Migrations> migrations() {
    return List.of(
        TenancyMigrations.all(),
        Migrations.named("notes")
            .script("V1__notes.sql", REPOSITORY.tableSql() + FILL + REPOSITORY.indexSql())
            .script("V2__policies.sql", policies()));
  }

  String policies() {
    return TenantTable.rls("notes").sql();
  }

  private static final String FILL =
      """
      select setseed(0.25);
      insert into notes (tenant_id, id, language, embedding)
      select case when i %% 100 = 0 then '%s' else '%s' end::uuid,
             i,
             case when (i / 100) %% 2 = 0 then 'en' else 'de' end,
             (select array_agg(random() - 0.5 + 0 * (i + axis))
                from generate_series(1, %d) axis)::vector
        from generate_series(1, 6000) i;
      analyze notes;
      """
          .formatted(FEW, MANY, DIMENSIONS);
}
