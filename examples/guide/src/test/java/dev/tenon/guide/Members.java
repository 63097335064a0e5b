package dev.tenon.guide;

import dev.tenon.core.Migrations;
import dev.tenon.core.Repository;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** A table whose rows are stamped and go into the trash. */
final class Members implements TestSchema {

  static final Table<Record> MEMBERS = DSL.table(DSL.name("members"));
  static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  static final Field<String> EMAIL = DSL.field(DSL.name("email"), SQLDataType.VARCHAR);
  static final Field<String> NAME = DSL.field(DSL.name("name"), SQLDataType.VARCHAR);
  static final Field<Integer> VERSION = DSL.field(DSL.name("version"), SQLDataType.INTEGER);
  static final Field<Instant> CREATED_AT = DSL.field(DSL.name("created_at"), SQLDataType.INSTANT);
  static final Field<String> UPDATED_BY = DSL.field(DSL.name("updated_by"), SQLDataType.VARCHAR);
  static final Field<Instant> DELETED_AT = DSL.field(DSL.name("deleted_at"), SQLDataType.INSTANT);

  record Member(
      UUID id,
      String email,
      String name,
      @Nullable Instant createdAt,
      @Nullable String updatedBy,
      int version) {

    static Member of(String email, String name) {
      return new Member(UuidV7.next(), email, name, null, null, 1);
    }

    Member named(String other) {
      return new Member(id, email, other, createdAt, updatedBy, version);
    }
  }

  static final Repository<Member, UUID> members =
      Repository.of(MEMBERS, Member.class)
          .id(ID)
          .version(VERSION)
          .unique(EMAIL)
          .createdAt(CREATED_AT)
          .updatedBy(UPDATED_BY)
          .softDelete(DELETED_AT)
          .build();

  private static final Migrations MIGRATIONS =
      Migrations.named("members")
          .script(
              "V1__members.sql",
              """
              create table public.members (
                tenant_id uuid not null,
                id uuid not null,
                email text not null,
                name text not null,
                created_at timestamptz not null,
                updated_by text,
                version int not null,
                deleted_at timestamptz,
                primary key (tenant_id, id)
              );
              """
                  + members.uniqueSql());

  @Override
  public List<Migrations> migrations() {
    return isolatedBy(TenantTable.rls("public", "members"));
  }

  private static List<Migrations> isolatedBy(TenantTable isolation) {
    return List.of(
        TenancyMigrations.all(), MIGRATIONS.script("V2__members_isolation.sql", isolation.sql()));
  }

  /** The same table behind a fence. */
  static final class Fenced implements TestSchema {

    @Override
    public List<Migrations> migrations() {
      return isolatedBy(TenantTable.fence("public", "members"));
    }
  }
}
