-- The tenant of the running unit of work; nobody's events have the zero.
create function tenon.outbox_tenant() returns uuid
  language sql
  stable
  parallel safe
  return coalesce(
    nullif(pg_catalog.current_setting('app.current_tenant', true), '')::pg_catalog.uuid,
    '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid);

-- Events that wait, one row for each consumer. The first index is read from its left edge: what is parked, because an event before it
-- failed, is out of the way there. No checks: the server reads their text again for each statement, which takes a third of its time.
create table tenon.outbox_event (
  queue text collate "C" not null,
  parked boolean not null default false,
  partition integer not null,
  sequence bigint generated always as identity,
  tenant_id uuid not null default tenon.outbox_tenant(),
  id uuid not null,
  type text not null,
  aggregate_id text collate "C" not null,
  version bigint not null,
  body json not null,
  headers json,
  created_at timestamptz not null default clock_timestamp(),
  primary key (queue, parked, partition, sequence),
  constraint outbox_event_version unique (tenant_id, queue, aggregate_id, version)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.2);

-- Aggregates whose first event failed: nothing of theirs is delivered before it is due again.
create table tenon.outbox_failure (
  queue text collate "C" not null,
  partition integer not null,
  tenant_id uuid not null,
  aggregate_id text collate "C" not null,
  event_id uuid not null,
  attempts integer not null,
  due_at timestamptz not null,
  error text not null,
  primary key (queue, tenant_id, aggregate_id)
);
create index on tenon.outbox_failure (queue, partition, due_at);

-- Events that were given up; like the events, with what went wrong. The last time counts of one that was published again.
create table tenon.outbox_dead_letter (
  queue text collate "C" not null,
  partition integer not null,
  tenant_id uuid not null,
  id uuid not null,
  type text not null,
  aggregate_id text collate "C" not null,
  version bigint not null,
  body json not null,
  headers json,
  created_at timestamptz not null,
  attempts integer not null,
  error text not null,
  dead_at timestamptz not null default clock_timestamp(),
  primary key (queue, tenant_id, id)
);

-- What each consumer has handled, written in the transaction of its work.
create table tenon.outbox_inbox (
  tenant_id uuid not null default tenon.outbox_tenant(),
  queue text collate "C" not null,
  event_id uuid not null,
  handled_at timestamptz not null default now(),
  primary key (queue, event_id, tenant_id)
);
create index on tenon.outbox_inbox using brin (handled_at);

-- An application publishes and handles as its tenant, and reads nobody's events. The owner, who migrates, is not bound, and neither is
-- a role with BYPASSRLS: those may relay.
alter table tenon.outbox_event enable row level security;
create policy publish on tenon.outbox_event for insert to public
  with check (tenant_id = tenon.outbox_tenant() and partition >= 0);
alter table tenon.outbox_failure enable row level security;
alter table tenon.outbox_dead_letter enable row level security;
alter table tenon.outbox_inbox enable row level security;
create policy handle on tenon.outbox_inbox for insert to public
  with check (tenant_id = (select tenon.outbox_tenant()));
create policy handled on tenon.outbox_inbox for select to public
  using (tenant_id = (select tenon.outbox_tenant()));

grant usage on schema tenon to public;
grant execute on function tenon.outbox_tenant() to public;
grant insert on tenon.outbox_event to public;
grant select, insert on tenon.outbox_inbox to public;
