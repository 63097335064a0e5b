package dev.tenon.guide;

import dev.tenon.core.Migrations;
import dev.tenon.core.Repository;
import dev.tenon.tenancy.TenantTable;
import java.time.Instant;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** What the snippets of the guide share. */
final class Fleet {

  static final Table<Record> HOSTS = DSL.table(DSL.name("hosts"));
  static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  static final Field<String> NAME = DSL.field(DSL.name("name"), SQLDataType.VARCHAR);
  static final Field<Integer> CORES = DSL.field(DSL.name("cores"), SQLDataType.INTEGER);
  static final Field<Integer> VERSION = DSL.field(DSL.name("version"), SQLDataType.INTEGER);

  record Host(UUID id, String name, int cores, Instant seenAt, int version) {}

  static final Repository<Host, UUID> hosts =
      Repository.of(HOSTS, Host.class).id(ID).version(VERSION).build();

  static final Migrations MIGRATIONS =
      Migrations.named("fleet")
          .script(
              "V1__hosts.sql",
              """
              create table public.hosts (
                tenant_id uuid not null,
                id uuid not null,
                name text not null,
                cores int not null,
                seen_at timestamptz not null,
                version int not null,
                primary key (tenant_id, id),
                unique (tenant_id, name)
              );
              """)
          .script("V2__hosts_policy.sql", TenantTable.rls("public", "hosts").sql());

  private Fleet() {}
}
