package dev.tenon.tenancy.audit;

import static dev.tenon.tenancy.audit.Finding.Rule.*;
import static dev.tenon.tenancy.audit.Hole.hole;

import dev.tenon.tenancy.audit.Finding.Severity;
import java.util.List;

/** Holes that a superuser plants in what the server keeps of all tenants. */
final class ServerHoles {

  private ServerHoles() {}

  static final List<Hole> ALL =
      List.of(
              hole(
                  CATALOG_GRANTED,
                  "pg_catalog.pg_statistic",
                  "grant select (stavalues1) on pg_statistic to ${app}"),
              hole(
                  CATALOG_GRANTED,
                  "pg_catalog.pg_statistic_ext_data",
                  "grant select on pg_statistic_ext_data to public"),
              hole(
                  CATALOG_GRANTED,
                  "pg_catalog.pg_largeobject",
                  "grant select, update on pg_largeobject to ${app}"),
              hole(
                  CATALOG_GRANTED,
                  "pg_catalog.pg_subscription",
                  "grant select on pg_subscription to ${app}"),
              hole(
                  CATALOG_GRANTED,
                  "pg_catalog.pg_read_file(text)",
                  "grant execute on function pg_read_file(text) to public"),
              hole(
                  CATALOG_GRANTED,
                  "pg_catalog.pg_ls_dir(text)",
                  "grant execute on function pg_ls_dir(text) to ${app}"),
              hole(
                  CATALOG_GRANTED,
                  "pg_catalog.pg_stat_file(text)",
                  "grant execute on function pg_stat_file(text) to ${app}"),
              hole(
                  CATALOG_GRANTED,
                  "pg_catalog.lo_import(text)",
                  "grant execute on function lo_import(text) to ${app}"),
              hole(
                      CATALOG_GRANTED,
                      "pg_catalog.pg_switch_wal()",
                      "grant execute on function pg_switch_wal() to ${app}")
                  .with(Severity.WARNING),
              hole(
                  LARGE_OBJECT_RIGHTS,
                  "${database}",
                  "grant execute on function lo_create(oid) to public;"
                      + " grant execute on function lo_from_bytea(oid, bytea) to ${app}"),
              hole(
                  LARGE_OBJECT,
                  "pg_catalog.pg_largeobject",
                  "select lo_create(424242), lo_create(424243);"
                      + " alter large object 424242 owner to ${app};"
                      + " grant select on large object 424243 to public"))
          .stream()
          .map(Hole::bySuperuser)
          .toList();
}
