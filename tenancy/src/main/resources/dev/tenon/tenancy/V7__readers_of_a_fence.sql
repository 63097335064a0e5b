-- What is bound to a table follows it when it moves, and reads it with its owner's rights where no policy is.
create function tenon.require_unread_table(table_name text)
  returns void
  language plpgsql
  stable
as $$
declare
  target regclass := pg_catalog.to_regclass(table_name);
  readers text;
begin
  select pg_catalog.string_agg(r.label, ', ' order by r.label) into readers
    from (
      select distinct case d.classid
               when 'pg_catalog.pg_rewrite'::pg_catalog.regclass then
                 (select case c.relkind when 'v' then 'view ' when 'm' then 'materialized view '
                                        else 'rule ' || pg_catalog.quote_ident(w.rulename) || ' on ' end
                         || w.ev_class::pg_catalog.regclass
                    from pg_catalog.pg_rewrite w
                    join pg_catalog.pg_class c on c.oid = w.ev_class
                   where w.oid = d.objid and w.ev_class <> target)
               when 'pg_catalog.pg_proc'::pg_catalog.regclass then
                 'routine ' || d.objid::pg_catalog.regprocedure
               when 'pg_catalog.pg_policy'::pg_catalog.regclass then
                 (select 'policy ' || pg_catalog.quote_ident(p.polname) || ' on '
                         || p.polrelid::pg_catalog.regclass
                    from pg_catalog.pg_policy p
                   where p.oid = d.objid and p.polrelid <> target)
             end as label
        from pg_catalog.pg_depend d
       where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = target) r
   where r.label is not null;
  if readers is not null then
    raise exception using errcode = 'TN101',
      message = 'table ' || target || ' cannot go behind a fence while it is read by ' || readers,
      detail = 'each would follow the table, and show the rows of all tenants or be refused them',
      hint = 'keep their text (select pg_get_viewdef(…), pg_get_functiondef(…)), drop them, run this, and '
        || 'create them again by the same text: it then names the view of the fence';
  end if;
end
$$;
