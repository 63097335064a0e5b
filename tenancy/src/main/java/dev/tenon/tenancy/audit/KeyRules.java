package dev.tenon.tenancy.audit;

import java.util.List;

/** Keys that reach over tenants (S1, S2). */
final class KeyRules {

  /**
   * Unique indexes and exclusions of tables and of partitions that have their own. An expression
   * over the tenant carries it, unless it says yes or no only.
   */
  private static final String UNIQUE_KEYS =
      """
      , holder as (
          select t.oid, t.label, t.relkind, t.tenant_column, t.attnum
            from tenanted t
           where t.attnum is not null
        union all
          select r.oid, r.label, r.relkind, t.tenant_column, a.attnum
            from below b
            join tenanted t on t.oid = b.root and t.relkind = 'p'
            join relation r on r.oid = b.oid
            join pg_attribute a on a.attrelid = b.oid and a.attname::text = t.tenant_column
      ), unique_key as (
        select h.label, quote_ident(h.tenant_column) as tenant, k.conname, k.contype,
               pg_get_constraintdef(k.oid) as definition,
               c.relname, format('%I.%I', n.nspname, c.relname) as index_label, m.amname,
               substr(pg_get_indexdef(i.indexrelid), 1 + length(
                 format('CREATE UNIQUE INDEX %I ON %s%s USING %s (', c.relname,
                        case h.relkind when 'p' then 'ONLY ' else '' end, h.label, m.amname)))
                 as index_columns
          from holder h
          join pg_index i on i.indrelid = h.oid and (i.indisunique or i.indisexclusion)
          join pg_class c on c.oid = i.indexrelid
          join pg_namespace n on n.oid = c.relnamespace
          join pg_am m on m.oid = c.relam
          left join pg_constraint k
            on k.conindid = i.indexrelid and k.conrelid = h.oid and k.contype in ('p', 'u', 'x')
         where not exists (
                 select
                   from unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) with ordinality as u (attnum, place)
                  where u.attnum = h.attnum
                    and (not i.indisexclusion or exists (
                      select
                        from pg_constraint x
                        join pg_amop o on o.amopopr = x.conexclop[u.place]
                        join pg_am f on f.oid = o.amopmethod
                       where x.conindid = i.indexrelid and x.conrelid = h.oid
                         and (f.amname, o.amopstrategy) in (('btree', 3), ('hash', 1)))))
           and not (i.indisunique and not i.indisexclusion and exists (
             select
               from generate_subscripts(i.indkey::int2[], 1) as u (place)
               join pg_attribute x
                 on x.attrelid = i.indexrelid and x.attnum = u.place + 1
                and x.atttypid <> 'bool'::regtype
              where u.place < i.indnkeyatts and i.indkey[u.place] = 0
                and pg_get_indexdef(i.indexrelid, u.place + 1, true)
                  ~ ('(^|[^\\w"])'
                    || regexp_replace(quote_ident(h.tenant_column), '(\\W)', '\\\\\\1', 'g')
                    || '($|[^\\w"])')))
           and not exists (select from pg_inherits x where x.inhrelid = i.indexrelid)
      )
      """;

  /**
   * The columns of each foreign key to a tenant table or its partition, in pairs, without the
   * tenant's. FORCE is lifted for the fix, also where another fix sets it first: the check of the
   * rows that are there runs as the owner, without a tenant.
   *
   * <p>MATCH FULL would refuse a row that refers to nothing once it has a tenant, so it stays only
   * where no column may be null; a check of its own asks for all of several columns or none.
   */
  private static final String FOREIGN_KEYS =
      """
      , held as (
          select t.oid, t.label, t.kind, t.tenant_column, t.attnum,
                 t.relforcerowsecurity or t.kind is distinct from 'FENCE' as is_forced
            from tenanted t
           where t.attnum is not null
        union all
          select distinct on (r.oid) r.oid, r.label, t.kind, t.tenant_column, a.attnum,
                 r.relforcerowsecurity
            from below b
            join tenanted t on t.oid = b.root
            join relation r on r.oid = b.oid
            join pg_attribute a on a.attrelid = b.oid and a.attname::text = t.tenant_column
      ), foreign_key as (
        select k.conname, f.label as from_label, t.label as to_label, t.oid as to_oid,
               s.tenant_column as from_tenant, t.tenant_column as to_tenant, t.attnum as to_attnum,
               k.confmatchtype, p.is_full, k.confdeltype, k.confupdtype, k.condeferrable, k.condeferred,
               w.unforced, w.forced,
               p.from_columns, p.to_columns, p.to_numbers, p.to_names
          from pg_constraint k
          join relation f on f.oid = k.conrelid
          join held t on t.oid = k.confrelid
          left join held s on s.oid = k.conrelid
         cross join lateral (
           select string_agg(quote_ident(x.attname), ', ' order by u.place) as from_columns,
                  string_agg(quote_ident(y.attname), ', ' order by u.place) as to_columns,
                  array_agg(y.attnum) as to_numbers,
                  string_agg(quote_literal(y.attname), ', ' order by u.place) as to_names,
                  bool_and(x.attnotnull) as is_full
             from unnest(k.conkey, k.confkey) with ordinality as u (here, there, place)
             join pg_attribute x on x.attrelid = k.conrelid and x.attnum = u.here
             join pg_attribute y on y.attrelid = k.confrelid and y.attnum = u.there
            where u.here is distinct from s.attnum and u.there <> t.attnum) p
         cross join lateral (
           select string_agg(format(E'alter table %s no force row level security;\\n', x.label), '')
                    as unforced,
                  string_agg(format(E'\\nalter table %s force row level security;', x.label), '')
                    as forced
             from (select f.label where f.relforcerowsecurity or s.is_forced
                   union
                   select t.label where t.is_forced) as x (label)) w
         where k.contype = 'f' and k.conparentid = 0
           and not exists (
             select
               from unnest(k.conkey, k.confkey) as u (here, there)
              where u.here = s.attnum and u.there = t.attnum)
           -- A chunk has the keys of its hypertable, without a word that says so.
           and not exists (
             select
               from pg_inherits i
               join pg_constraint o on o.conrelid = i.inhparent and o.contype = 'f'
              where i.inhrelid = k.conrelid
                and pg_get_constraintdef(o.oid) = pg_get_constraintdef(k.oid))
      )
      """;

  private KeyRules() {}

  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        UNIQUE_KEYS + FOREIGN_KEYS,
        """
        select 'UNIQUE_WITHOUT_TENANT' as rule, u.index_label as object,
               'a key of ' || u.label as detail,
               case when u.contype is null then
                 format(E'drop index %s;\\ncreate unique index %I on %s using %s (%s, %s;',
                        u.index_label, u.relname, u.label, u.amname, u.tenant, u.index_columns)
               else
                 case u.contype when 'x' then E'create extension if not exists btree_gist;\\n'
                      else '' end
                 || format('alter table %s drop constraint %I, add constraint %I %s%s%s, %s;',
                           u.label, u.conname, u.conname,
                           left(u.definition, strpos(u.definition, '(')), u.tenant,
                           case u.contype when 'x' then ' with =' else '' end,
                           substr(u.definition, 1 + strpos(u.definition, '(')))
               end as fix
          from unique_key u
        union all
        select 'FOREIGN_KEY_WITHOUT_TENANT', format('%I on %s', k.conname, k.from_label),
               case when k.from_tenant is null then 'it refers to ' || k.to_label
                      || ' from a table without tenants'
                    else 'it refers to ' || k.to_label end,
               case when not exists (
                 select
                   from pg_index i
                  where i.indrelid = k.to_oid and i.indisunique and i.indisvalid
                    and i.indpred is null
                    and i.indnkeyatts = 1 + cardinality(k.to_numbers)
                    and (i.indkey::int2[])[0:i.indnkeyatts - 1] @> (k.to_numbers || k.to_attnum))
                 and k.from_tenant is not null
               then format(
                      E'do $tenon$\\nbegin\\n  if not (tenon.has_key(%1$L, ''u'', %2$s)'
                        ' or tenon.has_key(%1$L, ''p'', %2$s)) then\\n'
                        '    alter table %1$s add unique (%3$I, %4$s);\\n  end if;\\nend\\n$tenon$;\\n',
                      k.to_label,
                      format('array[%L, %s]::name[]', k.to_tenant, k.to_names),
                      k.to_tenant, k.to_columns) else '' end
               || coalesce(k.unforced, '')
               || format('alter table %s drop constraint %I', k.from_label, k.conname)
               || case when k.from_tenant is not null then
                    format(', add constraint %I foreign key (%I, %s) references %s (%I, %s)',
                           k.conname, k.from_tenant, k.from_columns, k.to_label, k.to_tenant,
                           k.to_columns)
                    || case when k.confmatchtype = 'f' and k.is_full then ' match full' else '' end
                    || case k.confdeltype when 'r' then ' on delete restrict'
                            when 'c' then ' on delete cascade'
                            when 'n' then format(' on delete set null (%s)', k.from_columns)
                            when 'd' then format(' on delete set default (%s)', k.from_columns)
                            else '' end
                    || case k.confupdtype when 'r' then ' on update restrict'
                            when 'c' then ' on update cascade' else '' end
                    || case when k.condeferrable then ' deferrable' else '' end
                    || case when k.condeferred then ' initially deferred' else '' end
                    || case when k.confmatchtype = 'f' and not k.is_full
                              and cardinality(k.to_numbers) > 1
                            then format(', add check (num_nulls(%s) in (0, %s))', k.from_columns,
                                        cardinality(k.to_numbers)) else '' end
                  else '' end
               || ';' || coalesce(k.forced, '')
          from foreign_key k
        union all
        select 'KEY_DISABLED', format('%I on %s', k.conname, r.label), 'its triggers are disabled',
               coalesce(w.unforced, '')
                 || format('alter table %s drop constraint %I, add constraint %I %s;', r.label,
                           k.conname, k.conname, pg_get_constraintdef(k.oid))
                 || coalesce(w.forced, '')
          from pg_constraint k
          join relation r on r.oid = k.conrelid
         cross join lateral (
           select string_agg(format(E'alter table %s no force row level security;\\n', h.label), '')
                    as unforced,
                  string_agg(format(E'\\nalter table %s force row level security;', h.label), '')
                    as forced
             from held h
            where h.is_forced and h.oid in (k.conrelid, k.confrelid)) w
         where k.conparentid = 0
           and exists (select from held h where h.oid in (k.conrelid, k.confrelid))
           and exists (
             select
               from pg_trigger t
               join pg_constraint c on c.oid = t.tgconstraint
              where k.oid in (c.oid, c.conparentid) and t.tgisinternal
                and t.tgenabled not in ('O', 'A'))
        """);
  }
}
