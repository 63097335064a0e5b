-- The tenant of the running unit of work. Loud instead of empty: without a tenant it raises, so that a forgotten tenant is an
-- error and never an empty answer.
create function tenon.refuse_without_tenant() returns uuid
  language plpgsql
  stable
  parallel safe
  set search_path = pg_catalog
as $$
begin
  raise insufficient_privilege
    using message = 'no tenant is bound to this unit of work',
          hint = 'Run the statement in a session of a tenant.';
end
$$;

-- In SQL, with a body whose names are bound now and without a SET clause: so the planner puts the body in place of the call,
-- which in PL/pgSQL was a tenth of a read by key.
create function tenon.current_tenant() returns uuid
  language sql
  stable
  parallel safe
  return coalesce(
    nullif(pg_catalog.current_setting('app.current_tenant', true), '')::pg_catalog.uuid,
    tenon.refuse_without_tenant());

grant usage on schema tenon to public;
grant execute on function tenon.current_tenant(), tenon.refuse_without_tenant() to public;
