package dev.tenon.core;

import java.time.Instant;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** The table that the tests of core share. */
final class Hosts {

  static final Table<Record> HOSTS = DSL.table(DSL.name("hosts"));
  static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  static final Field<String> NAME = DSL.field(DSL.name("name"), SQLDataType.VARCHAR);
  static final Field<Integer> CORES = DSL.field(DSL.name("cores"), SQLDataType.INTEGER);
  static final Field<Integer> VERSION = DSL.field(DSL.name("version"), SQLDataType.INTEGER);

  static final Migrations MIGRATIONS =
      Migrations.named("hosts")
          .script(
              "V1__hosts.sql",
              """
              create table public.hosts (
                id uuid primary key,
                name text not null unique,
                cores int,
                seen_at timestamptz not null,
                version int not null
              );
              """);

  static final Repository<Host, UUID> REPOSITORY =
      Repository.of(HOSTS, Host.class).id(ID).version(VERSION).shared().build();

  record Host(
      UUID id,
      String name,
      @org.jspecify.annotations.Nullable Integer cores,
      Instant seenAt,
      int version) {

    static Host named(String name) {
      return new Host(UuidV7.next(), name, 4, Instant.parse("2026-11-20T16:05:22.106Z"), 1);
    }

    Host withCores(int number) {
      return new Host(id, name, number, seenAt, version);
    }
  }

  private Hosts() {}
}
