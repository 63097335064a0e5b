-- Whoever may call Apache AGE reads its labels past rights and policies: a label cannot be isolated.
create function tenon.require_no_label(table_name text)
  returns void
  language plpgsql
  stable
as $$
declare
  target regclass := pg_catalog.to_regclass(table_name);
begin
  if exists (
    select
      from pg_catalog.pg_inherits i
      join pg_catalog.pg_class c on c.oid = i.inhparent
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'id'
      join pg_catalog.pg_type t on t.oid = a.atttypid and t.typname = 'graphid'
     where i.inhrelid = target and c.relname in ('_ag_label_vertex', '_ag_label_edge'))
  then
    raise exception using errcode = 'TN101',
      message = 'table ' || target || ' is a label of a graph of Apache AGE',
      detail = 'whoever may call AGE reads it past rights and policies, by age_vle(…), and writes it past policies',
      hint = 'keep the graphs of tenants in a GraphRepository, and ask its withEdgeTable() for hops';
  end if;
end
$$;
