-- The tenant of the running unit of work. Loud instead of empty: without a tenant it raises, so that a forgotten tenant is an
-- error and never an empty answer.
create function tenon.current_tenant() returns uuid
  language plpgsql
  stable
  parallel safe
  set search_path = pg_catalog
as $$
declare
  tenant text := current_setting('app.current_tenant', true);
begin
  if tenant is null or tenant = '' then
    raise insufficient_privilege
      using message = 'no tenant is bound to this unit of work',
            hint = 'Run the statement in a session of a tenant.';
  end if;
  return tenant::uuid;
end
$$;

grant usage on schema tenon to public;
grant execute on function tenon.current_tenant() to public;
