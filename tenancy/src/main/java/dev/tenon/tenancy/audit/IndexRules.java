package dev.tenon.tenancy.audit;

import java.util.List;

/** Indexes that a tenant's statements cannot use, and numbers that tenants share (F3, F5, S6). */
final class IndexRules {

  /** Operators of other access methods take a right side of another type, such as a query. */
  private static final String REFUSED_INDEXES =
      """
      , refused as (
        select i.indexrelid, t.label,
               string_agg(distinct coalesce(quote_ident(a.attname), 'an expression'), ', ')
                 as columns
          from tenanted t
          join pg_index i on i.indrelid = t.oid
         cross join lateral unnest(i.indclass::oid[], (i.indkey::int2[])[0:i.indnkeyatts - 1])
                      as u (operators, attnum)
          join pg_opclass c on c.oid = u.operators
          join pg_am m on m.oid = c.opcmethod
          join pg_amop o
            on o.amopfamily = c.opcfamily and o.amoplefttype = c.opcintype and o.amoppurpose = 's'
           and (o.amoplefttype = o.amoprighttype or m.amname not in ('btree', 'hash', 'brin'))
          join pg_operator p on p.oid = o.amopopr
          join pg_proc f on f.oid = p.oprcode
          left join pg_attribute a on a.attrelid = t.oid and a.attnum = u.attnum
          left join relation v on v.oid = t.view
         where not f.proleakproof
           and case when t.kind = 'FENCE' then v.barrier
                    else t.relrowsecurity end
         group by i.indexrelid, t.label
      )
      """;

  private IndexRules() {}

  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        REFUSED_INDEXES,
        """
        select 'NO_TENANT_INDEX' as rule, t.label as object,
               'no index begins with ' || quote_ident(t.tenant_column) as detail,
               format('create index on %s (%I);', t.label, t.tenant_column) as fix,
               null as remedy, null as nspname, null as relname, null as tenant_column
          from tenanted t
         where t.attnum is not null
           and not exists (
             select
               from pg_index i
              where i.indrelid = t.oid and i.indisvalid and i.indpred is null
                and i.indkey[0] = t.attnum)
        union all
        select 'INDEX_NOT_LEAKPROOF', format('%I.%I', n.nspname, c.relname),
               'conditions on ' || r.columns || ' of ' || r.label,
               '-- where every condition is your own: TenantTable.fence(…).withoutBarrier()',
               null, null, null, null
          from refused r
          join pg_class c on c.oid = r.indexrelid
          join pg_namespace n on n.oid = c.relnamespace
        union all
        select 'SHARED_SEQUENCE', format('%I.%I', n.nspname, s.relname),
               'it numbers ' || string_agg(distinct t.label, ', '),
               '-- make the identifiers in the application: UuidV7.next()', null, null, null, null
          from tenanted t
          join (
              select d.objid as sequence, d.refobjid as relation
                from pg_depend d
               where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
                 and d.refobjsubid > 0 and d.deptype in ('a', 'i')
            union
              select d.refobjid, v.adrelid
                from pg_attrdef v
                join pg_depend d
                  on d.classid = 'pg_attrdef'::regclass and d.objid = v.oid
                 and d.refclassid = 'pg_class'::regclass) o on o.relation = t.oid
          join pg_class s on s.oid = o.sequence and s.relkind = 'S'
          join pg_namespace n on n.oid = s.relnamespace
         group by n.nspname, s.relname
        """);
  }
}
