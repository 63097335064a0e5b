-- Who worked across tenants, when and why. Rows are added and never changed.
create table tenon.admin_log (
  id uuid primary key,
  at timestamptz not null default pg_catalog.clock_timestamp(),
  role name not null default session_user,
  client inet default pg_catalog.inet_client_addr(),
  reason text not null check (reason <> ''),
  outcome text not null check (outcome in ('COMMITTED', 'ROLLED_BACK'))
);
create index on tenon.admin_log (at);

-- Nobody says himself when, as whom and from where he came.
create function tenon.pin_admin_log() returns trigger
  language plpgsql
  set search_path = pg_catalog
as $$
begin
  new.at := clock_timestamp();
  new.role := session_user;
  new.client := inet_client_addr();
  return new;
end
$$;

create trigger pinned before insert on tenon.admin_log
  for each row execute function tenon.pin_admin_log();

create function tenon.refuse_change() returns trigger
  language plpgsql
as $$
begin
  raise insufficient_privilege
    using message = 'rows of ' || tg_relid::regclass || ' are never changed',
          hint = 'Add a row instead.';
end
$$;

create trigger append_only before update or delete or truncate on tenon.admin_log
  for each statement execute function tenon.refuse_change();
