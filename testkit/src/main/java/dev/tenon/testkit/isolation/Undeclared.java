package dev.tenon.testkit.isolation;

import dev.tenon.tenancy.internal.TenantColumns;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table that the application may read and that nobody declared, or as SHARED though its rows name
 * a tenant.
 *
 * @param relation its name, quoted
 * @param tenant the column that seems to name the tenant, quoted, if there is one
 */
record Undeclared(String relation, @Nullable String tenant, boolean shared) {

  /** Partitions are judged with what stands above them. */
  static List<Undeclared> read(Connection connection, String application) throws SQLException {
    List<Undeclared> found = new ArrayList<>();
    try (PreparedStatement statement =
            connection.prepareStatement(
                """
                with recursive marked as materialized (
                ?2), declared (oid) as (
                    select coalesce(i.base, i.relation)::oid
                      from tenon.isolation i
                     where i.kind <> 'SHARED'
                  union
                    select h.inhrelid
                      from declared d join pg_catalog.pg_inherits h on h.inhparent = d.oid
                ), reachable as (
                  select c.oid
                    from pg_catalog.pg_class c
                    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                   where c.relkind in ('r', 'p') and c.relpersistence <> 't'
                     and n.nspname !~ '^(pg_|_timescaledb_)'
                     and n.nspname not in ('information_schema', 'tenon')
                     and pg_catalog.has_schema_privilege(?1, n.oid, 'USAGE')
                     and pg_catalog.has_any_column_privilege(?1, c.oid, 'SELECT')
                     and not exists (select from declared d where d.oid = c.oid)
                     and not exists (select from pg_catalog.pg_depend d
                                      where d.objid = c.oid and d.deptype = 'e')
                )
                select r.oid::regclass::text, pg_catalog.quote_ident(m.tenant_column),
                       i.kind is not null
                  from reachable r
                  left join marked m using (oid)
                  left join tenon.isolation i on i.relation = r.oid
                 where (m.oid is not null or i.kind is null)
                   and not exists (
                     select
                       from pg_catalog.pg_inherits h
                       join reachable p on p.oid = h.inhparent
                      where h.inhrelid = r.oid)
                 order by 1
                """
                    .replace("?2", TenantColumns.QUERY)
                    .replace("?1", TargetTable.literal(application)));
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        found.add(new Undeclared(rows.getString(1), rows.getString(2), rows.getBoolean(3)));
      }
    }
    return found;
  }

  /** Whose rows these are nobody said, so a column that says it is a hole until it is declared. */
  void attack(Attacker attacker) {
    if (tenant == null) {
      return;
    }
    Outcome outcome =
        attacker.read(
            attacker.session(),
            "select count(*) from %s where %s::text = ?".formatted(relation, tenant),
            attacker.other().toString());
    attacker.report(
        relation,
        "select the other's",
        (shared ? "it is declared SHARED; " : "it is not declared; ")
            + (outcome instanceof Outcome.Done done && done.number() > 0
                ? "every tenant reads it"
                : "nothing shows that it is isolated"));
  }
}
