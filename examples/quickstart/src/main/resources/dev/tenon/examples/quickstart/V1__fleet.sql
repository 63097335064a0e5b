-- Keys begin with the tenant, foreign keys too: a row cannot even name a row of another tenant.
create table host (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  role text not null,
  cores integer not null check (cores > 0),
  version integer not null,
  primary key (tenant_id, id),
  unique (tenant_id, name)
);

create table incident (
  tenant_id uuid not null,
  id uuid not null,
  host_id uuid not null,
  title text not null,
  root_service text not null,
  service text not null,
  started_at timestamptz not null,
  version integer not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, host_id) references host (tenant_id, id)
);

create index on incident (tenant_id, host_id);
