-- The last acknowledged value of each key that is not written to its table yet; a removed one has no value. Who reads the key reads
-- it here first. Needs the migrations of the outbox.
create table tenon.write_behind (
  tenant_id uuid not null default tenon.outbox_tenant(),
  entity text collate "C" not null,
  identifier text collate "C" not null,
  version bigint not null,
  value bytea,
  primary key (tenant_id, entity, identifier)
);

-- Versions ascend for each key, also behind the row that a write has removed.
create sequence tenon.write_behind_version;

alter table tenon.write_behind enable row level security;
create policy own on tenon.write_behind to public
  using (tenant_id = (select tenon.outbox_tenant()))
  with check (tenant_id = (select tenon.outbox_tenant()));

grant select, insert, update, delete on tenon.write_behind to public;
grant usage on sequence tenon.write_behind_version to public;
