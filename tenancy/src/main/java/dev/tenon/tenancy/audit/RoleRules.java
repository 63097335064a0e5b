package dev.tenon.tenancy.audit;

import dev.tenon.tenancy.internal.RoleFacts;
import java.util.List;

/** Roles that nothing holds: the judged ones and those that they may become (P1). */
final class RoleRules {

  private RoleRules() {}

  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        ", " + RoleFacts.EXPRESSIONS,
        """
        , held as (
          select f.*, quote_ident(f.rolname) as label,
                 (select string_agg(format('revoke %I from %I;', f.rolname, h.rolname), E'\\n'
                                    order by h.rolname)
                    from pg_auth_members m
                    join judged j on j.oid = m.member
                    join pg_roles h on h.oid = m.member
                   where m.roleid = f.oid and h.rolname !~ '^pg_') as parted
            from facts f
            join judged using (oid)
        )
        select 'ROLE_SUPERUSER' as rule, h.label as object, null as detail,
               coalesce(h.parted, format('alter role %s nosuperuser;', h.label)) as fix
          from held h
         where h.rolsuper
        union all
        select 'ROLE_BYPASSES_ROW_SECURITY', h.label, null,
               coalesce(h.parted, format('alter role %s nobypassrls;', h.label))
          from held h
         where h.rolbypassrls and not h.rolsuper
        union all
        select 'ROLE_REPLICATES', h.label, null,
               coalesce(h.parted, format('alter role %s noreplication;', h.label))
          from held h
         where h.rolreplication and not h.rolsuper
        union all
        select 'ROLE_CREATES_ROLES', h.label, null,
               coalesce(h.parted, format('alter role %s nocreaterole;', h.label))
          from held h
         where h.rolcreaterole and not h.rolsuper
        union all
        select 'ROLE_OWNS', h.label,
               'it owns ' || concat_ws(', ',
                 h.owned_places, h.owned),
               coalesce(h.parted,
                 format(E'-- give its tables to the role that migrates, and grant what it needs:\\n'
                   '-- reassign owned by %s to …;', h.label))
          from held h
         where (h.owned is not null or h.owned_places is not null) and not h.rolsuper
        union all
        select 'ROLE_PREDEFINED', h.label, null, h.parted
          from held h
         where h.parted is not null and h.is_predefined
        union all
        select 'ROLE_WATCHES', h.label, null, h.parted
          from held h
         where h.parted is not null
           and h.rolname in ('pg_monitor', 'pg_read_all_stats', 'pg_signal_backend')
        """);
  }
}
