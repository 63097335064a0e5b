package dev.tenon.tenancy.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tenon.tenancy.audit.Finding.Rule;
import dev.tenon.tenancy.audit.Finding.Severity;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Keys as they are before anybody thought of tenants, and what the mends make of them. */
class KeyMendsTest {

  private final AuditedSchema schema = new AuditedSchema();

  @AfterEach
  void close() {
    schema.close();
  }

  @Test
  void the_mends_of_a_schema_with_global_keys_work_in_the_order_in_which_they_are_printed() {
    schema.runAsOwner(
        """
        create table public.p (tenant_id uuid not null, id uuid primary key,
          code text unique nulls not distinct, n int, unique (n, code) deferrable);
        create table public.c (tenant_id uuid not null, id int primary key,
          p_id uuid references public.p on delete cascade,
          q uuid references public.p (id) match full on update cascade);
        create table public.self (tenant_id uuid not null, id int primary key,
          parent int references public.self);
        create table public.pt (tenant_id uuid not null, id int, d date, primary key (id, d))
          partition by range (d);
        create table parts.pt1 partition of public.pt
          for values from ('2026-01-01') to ('2027-01-01');
        create table public.ptc (tenant_id uuid not null, id int primary key, pid int, pd date,
          foreign key (pid, pd) references public.pt match full);
        create table public.plain (id int primary key, p_id uuid references public.p);
        insert into public.p values (gen_random_uuid(), gen_random_uuid(), 'a', 1);
        insert into public.c (tenant_id, id, p_id) select tenant_id, 1, id from public.p;
        insert into public.self select tenant_id, 1, 1 from public.p;
        insert into public.pt select tenant_id, 1, '2026-05-05' from public.p;
        insert into public.ptc select tenant_id, 1, null, null from public.p;
        revoke insert, update, delete on public.plain from ${app};
        """);
    List<Finding> findings = schema.findings();
    findings.forEach(finding -> schema.runAsOwner(finding.fix()));
    assertThat(schema.findings()).noneMatch(finding -> finding.severity() == Severity.ERROR);
    assertThat(definitions("f"))
        .containsExactlyInAnyOrder(
            "c: FOREIGN KEY (tenant_id, p_id) REFERENCES p(tenant_id, id) ON DELETE CASCADE",
            "c: FOREIGN KEY (tenant_id, q) REFERENCES p(tenant_id, id) ON UPDATE CASCADE",
            "self: FOREIGN KEY (tenant_id, parent) REFERENCES self(tenant_id, id)",
            "ptc: FOREIGN KEY (tenant_id, pid, pd) REFERENCES pt(tenant_id, id, d)");
    assertThat(definitions("c"))
        .containsExactly("ptc: CHECK ((num_nulls(pid, pd) = ANY (ARRAY[0, 2])))");
    assertThat(definitions("u"))
        .filteredOn(definition -> definition.startsWith("p: UNIQUE (tenant_id, id)"))
        .hasSize(1);
    assertThat(definitions("p")).contains("p: PRIMARY KEY (tenant_id, id)");
  }

  @Test
  void a_key_that_asks_for_all_of_its_columns_or_none_still_does() {
    schema.runAsOwner(
        Hole.table("heads", "id uuid, at date, constraint once unique (id, at)")
            + Hole.table(
                "tails",
                """
                head uuid not null, at date not null,
                  foreign key (head, at) references public.heads (id, at) match full
                """));
    schema.findings().forEach(finding -> schema.runAsOwner(finding.fix()));
    assertThat(schema.findings()).isEmpty();
    assertThat(definitions("f"))
        .contains(
            "tails: FOREIGN KEY (tenant_id, head, at) REFERENCES heads(tenant_id, id, at) MATCH FULL");
  }

  @Test
  void keys_of_partitions_are_judged_as_those_of_tables() {
    schema.runAsOwner(
        Hole.table("payments", "id uuid, event uuid")
            + """
              alter table public.events add column customer_id uuid;
              alter table public.customers no force row level security;
              alter table public.events no force row level security;
              alter table parts.events_2026 add constraint to_customer
                foreign key (tenant_id, customer_id) references public.customers (tenant_id, id);
              alter table public.customers force row level security;
              alter table public.events force row level security;
              create unique index safe_key on parts.events_2026 (tenant_id, id);
              """);
    assertThat(schema.findings()).isEmpty();
    schema.runAsOwner(
        """
        alter table parts.events_2026 add constraint once unique (id);
        alter table public.payments no force row level security;
        alter table public.payments add constraint to_event foreign key (event)
          references parts.events_2026 (id);
        alter table public.payments force row level security;
        """);
    List<Finding> findings = schema.findings();
    assertThat(findings)
        .extracting(Finding::rule, Finding::object)
        .containsExactly(
            tuple(Rule.FOREIGN_KEY_WITHOUT_TENANT, "to_event on public.payments"),
            tuple(Rule.UNIQUE_WITHOUT_TENANT, "parts.once"));
    findings.forEach(finding -> schema.runAsOwner(finding.fix()));
    assertThat(schema.findings()).isEmpty();
    assertThat(definitions("f"))
        .contains(
            "payments: FOREIGN KEY (tenant_id, event) REFERENCES parts.events_2026(tenant_id, id)");
  }

  @Test
  void a_unique_index_over_an_expression_of_the_tenant_carries_it() {
    schema.runAsOwner(
        "create unique index by_text on public.customers ((tenant_id::text), email);");
    assertThat(schema.findings()).isEmpty();
    schema.runAsOwner(
        "create unique index by_half on public.customers ((tenant_id is not null), email);");
    assertThat(schema.findings())
        .extracting(Finding::rule, Finding::object)
        .containsExactly(tuple(Rule.UNIQUE_WITHOUT_TENANT, "public.by_half"));
  }

  private List<String> definitions(String kind) {
    return schema
        .owner
        .sql()
        .fetch(
            """
            select c.relname || ': ' || pg_get_constraintdef(k.oid)
              from pg_constraint k
              join pg_class c on c.oid = k.conrelid
             where k.contype::text = ? and k.conparentid = 0
               and c.relnamespace = 'public'::regnamespace
             order by 1
            """,
            kind)
        .into(String.class);
  }
}
