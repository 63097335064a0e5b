-- Emitted SQL asks this first, because what PostgreSQL says later does not say what to do.
create function tenon.require_fit_table(table_name text, tenant_column name, primary_key name[])
  returns void
  language plpgsql
  stable
as $$
declare
  target regclass := pg_catalog.to_regclass(table_name);
  found_kind "char";
  found_type oid;
  found_key record;
begin
  if target is null then
    raise exception using errcode = 'TN101',
      message = 'the table ' || table_name || ' does not exist',
      detail = 'its isolation is declared, and nothing made it before',
      hint = 'create the table first, in an earlier script or further up in this one';
  end if;
  select c.relkind into found_kind from pg_catalog.pg_class c where c.oid = target;
  if found_kind not in ('r', 'p') then
    raise exception using errcode = 'TN101',
      message = target || ' is no table',
      detail = coalesce(
        (select 'it is the view of a fence, whose rows are in ' || i.base
           from tenon.isolation i where i.relation = target and i.kind = 'FENCE'),
        'only tables can be isolated'),
      hint = coalesce(
        (select pg_catalog.format(
                  'take the fence away first: delete from tenon.isolation where relation = %L::regclass; '
                    || 'drop view %s; alter table %s set schema %I; and grant the rights on it again',
                  target::text, target, i.base,
                  (select n.nspname
                     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                    where c.oid = i.relation))
           from tenon.isolation i where i.relation = target and i.kind = 'FENCE'),
        'declare the tables behind it');
  end if;
  -- A domain counts as what it is based on.
  select coalesce(nullif(t.typbasetype, 0), t.oid) into found_type
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_type t on t.oid = a.atttypid
   where a.attrelid = target and a.attname = tenant_column and a.attnum > 0 and not a.attisdropped;
  if found_type is null then
    raise exception using errcode = 'TN101',
      message = pg_catalog.format('table %s has no column %I', target, tenant_column),
      detail = 'the column says whose a row is',
      hint = pg_catalog.format(
        'alter table %s add column %I uuid not null, with the tenant of the rows that are there; '
          || 'or name the column that it has by .tenantColumn(…)', target, tenant_column);
  end if;
  if found_type <> 'uuid'::pg_catalog.regtype then
    raise exception using errcode = 'TN101',
      message = pg_catalog.format('column %I of table %s is %s, not uuid',
        tenant_column, target, pg_catalog.format_type(found_type, null)),
      detail = 'tenon.current_tenant() is a uuid',
      hint = pg_catalog.format(
        'alter table %s alter column %I type uuid using %2$I::uuid; '
          || 'or name another column by .tenantColumn(…)', target, tenant_column);
  end if;
  select k.conname,
         (select pg_catalog.array_agg(a.attname order by p.place)
            from pg_catalog.unnest(k.conkey) with ordinality as p (number, place)
            join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.number) as names
    into found_key
    from pg_catalog.pg_constraint k
   where k.conrelid = target and k.contype = 'p';
  if primary_key <> '{}' and found_key.names <> primary_key then
    raise exception using errcode = 'TN101',
      message = pg_catalog.format('table %s has another primary key: %s',
        target, pg_catalog.array_to_string(found_key.names, ', ')),
      detail = 'it is to be ' || pg_catalog.array_to_string(primary_key, ', ')
        || ': one without the tenant tells a tenant which keys the others have',
      hint = pg_catalog.format(
        'alter table %s drop constraint %I; foreign keys that refer to it go first, and come back with '
          || 'the tenant by .foreignKey(…)', target, found_key.conname);
  end if;
end
$$;
