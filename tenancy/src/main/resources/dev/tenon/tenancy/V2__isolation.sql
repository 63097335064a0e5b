-- How each table is kept apart, as declared: what the audit, the proof and the life cycle of a tenant go by.
create table tenon.isolation (
  relation regclass primary key,                                      -- the table or view that the application reads and writes
  kind text not null check (kind in ('RLS', 'FENCE', 'SHARED')),
  tenant_column name check ((tenant_column is null) = (kind = 'SHARED')),
  base regclass check ((base is not null) = (kind = 'FENCE'))         -- the table behind a fence view
);
grant select on tenon.isolation to public;

-- What the owner declares nobody else changes, whatever rights he gives on new tables by default: a table without its declaration
-- would be left out of exports and erasures.
do $$
declare
  given record;
begin
  for given in
    select distinct a.grantee
      from pg_catalog.pg_class c
     cross join pg_catalog.aclexplode(c.relacl) a
     where c.oid = 'tenon.isolation'::regclass and a.grantee not in (0, c.relowner)
  loop
    execute format('revoke all on tenon.isolation from %s', given.grantee::regrole);
  end loop;
end
$$;

-- The helpers below only look; what changes a table stands in the SQL that calls them.
create function tenon.has_key(relation regclass, kind "char", key_columns name[]) returns boolean
  language sql
  stable
  return exists (
    select
      from pg_catalog.pg_constraint k
     where k.conrelid = relation
       and k.contype = kind
       and key_columns = (
         select pg_catalog.array_agg(a.attname order by p.place)
           from pg_catalog.unnest(k.conkey) with ordinality as p (number, place)
           join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.number));

create function tenon.has_index_led_by(relation regclass, leading_column name) returns boolean
  language sql
  stable
  return exists (
    select
      from pg_catalog.pg_index i
      join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
     where i.indrelid = relation and i.indisvalid and i.indpred is null and a.attname = leading_column);
