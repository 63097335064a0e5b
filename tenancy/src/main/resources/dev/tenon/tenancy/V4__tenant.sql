-- The tenants that there are, and whether they may work.
create table tenon.tenant (
  id uuid primary key,
  name text not null unique check (name <> ''),
  state text not null default 'ACTIVE' check (state in ('ACTIVE', 'SUSPENDED', 'ERASING', 'ERASED')),
  reason text,
  created_at timestamptz not null default pg_catalog.clock_timestamp(),
  changed_at timestamptz not null default pg_catalog.clock_timestamp()
);

-- A tenant sees itself; only roles that work across tenants see the others or change anything.
alter table tenon.tenant enable row level security;
alter table tenon.tenant force row level security;
create policy tenant on tenon.tenant as permissive for select to public
  using (id = (select tenon.current_tenant()));
grant select on tenon.tenant to public;

-- Sent around the tenant of a unit of work, where the application lets only active tenants in:
-- tenon.admitted(set_config('app.current_tenant', …, true)). The argument is evaluated first, so the row is looked up as the
-- tenant that it names.
create function tenon.admitted(tenant text) returns text
  language plpgsql
  stable
as $$
declare
  found_state text;
begin
  select t.state into found_state from tenon.tenant t where t.id = tenant::pg_catalog.uuid;
  if found_state = 'ACTIVE' then
    return tenant;
  elsif found_state is null then
    raise exception using
      errcode = 'TN001',
      message = 'tenant ' || tenant || ' is unknown',
      hint = 'Create it in the registry of tenants.';
  end if;
  raise exception using
    errcode = 'TN002',
    message = 'tenant ' || tenant || ' is ' || pg_catalog.lower(found_state),
    hint = 'Only an active tenant may work.';
end
$$;
