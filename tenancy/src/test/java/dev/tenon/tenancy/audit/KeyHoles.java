package dev.tenon.tenancy.audit;

import static dev.tenon.tenancy.audit.Finding.Rule.FOREIGN_KEY_WITHOUT_TENANT;
import static dev.tenon.tenancy.audit.Finding.Rule.KEY_DISABLED;
import static dev.tenon.tenancy.audit.Finding.Rule.UNIQUE_WITHOUT_TENANT;
import static dev.tenon.tenancy.audit.Hole.hole;
import static dev.tenon.tenancy.audit.Hole.table;

import java.util.List;

/** Holes in keys. */
final class KeyHoles {

  private KeyHoles() {}

  static final List<Hole> ALL =
      List.of(
          hole(
              UNIQUE_WITHOUT_TENANT,
              "public.\"global ( key\"",
              table("global_key", "email text, constraint \"global ( key\" unique (email)")),
          hole(
              UNIQUE_WITHOUT_TENANT,
              "public.\"global USING btree (\"",
              table("\"global\"", "email text")
                  + """
                  create unique index "global USING btree (" on public."global"
                    (lower(email) desc) include (tenant_id) where email <> 'a(';
                  """),
          hole(
              UNIQUE_WITHOUT_TENANT,
              "fenced.no_overlap",
              table("booked", "seat int")
                  + """
                  alter table public.booked add constraint no_overlap
                    exclude using btree (seat with =);
                  """
                  + dev.tenon.tenancy.TenantTable.fence("public", "booked").sql()),
          hole(
              UNIQUE_WITHOUT_TENANT,
              "parts.own_key",
              "create unique index own_key on parts.events_2026 (id)"),
          hole(
              UNIQUE_WITHOUT_TENANT,
              "public.over_partitions",
              "alter table events add constraint over_partitions unique (id, time)"),
          hole(
              FOREIGN_KEY_WITHOUT_TENANT,
              "\"to customers\" on public.orders",
              table("orders", "id uuid, customer_id uuid, primary key (tenant_id, id)")
                  + table("payers", "id uuid, unique (tenant_id, id)")
                  + """
                  alter table public.orders add column payer_tenant uuid;
                  alter table public.orders add constraint "to customers"
                    foreign key (payer_tenant, customer_id) references public.payers (tenant_id, id)
                    on delete set null deferrable not valid;
                  """),
          hole(
              FOREIGN_KEY_WITHOUT_TENANT,
              "to_customer on public.places",
              """
              create table public.places (tenant uuid, customer uuid,
                constraint to_customer foreign key (tenant, customer)
                  references public.customers (tenant_id, id));
              insert into tenon.isolation values ('public.places', 'SHARED');
              revoke insert, update, delete on public.places from ${app};
              """),
          hole(
                  KEY_DISABLED,
                  "notes_tenant_id_customer_id_fkey on fenced.notes",
                  "alter table fenced.notes disable trigger all")
              .bySuperuser(),
          hole(
                  KEY_DISABLED,
                  "of_reader on public.borrowed",
                  table("readers", "id uuid, unique (tenant_id, id)")
                      + table(
                          "borrowed",
                          """
                          reader uuid, constraint of_reader foreign key (tenant_id, reader)
                            references public.readers (tenant_id, id) on delete cascade
                          """)
                      + "alter table public.readers disable trigger all")
              .bySuperuser());
}
