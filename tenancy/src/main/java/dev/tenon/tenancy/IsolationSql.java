package dev.tenon.tenancy;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Name;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** The SQL of one table's isolation, part by part. */
final class IsolationSql {

  private static final DSLContext POSTGRES = DSL.using(SQLDialect.POSTGRES);

  private IsolationSql() {}

  /** Refuses a table that cannot be isolated as declared, before anything is changed. */
  static String check(TenantTable table) {
    String tenant = table.tenantColumn();
    if (tenant == null) {
      return "";
    }
    String name =
        table.isolation() == Isolation.FENCE
            ? "coalesce(to_regclass(%1$s)::text, %2$s)"
                .formatted(literal(table.base()), literal(table.name()))
            : literal(table.name());
    return block(
        """
          perform tenon.require_no_label(%1$s);
          perform tenon.require_fit_table(%1$s, %2$s, array[%3$s]::name[]);
        %4$s"""
            .formatted(
                name,
                text(tenant),
                table.key().isEmpty()
                    ? ""
                    : leading(tenant, table.key()).stream()
                        .map(IsolationSql::text)
                        .collect(Collectors.joining(", ")),
                unread(table)));
  }

  private static String unread(TenantTable table) {
    return table.isolation() == Isolation.FENCE
        ? """
            if to_regclass(%s) is null then
              perform tenon.require_unread_table(%s);
            end if;
          """
            .formatted(literal(table.base()), literal(table.name()))
        : "";
  }

  /** Where the rows lie: a fence's table is moved to its private schema. */
  static String placement(TenantTable table) {
    if (table.isolation() != Isolation.FENCE) {
      return "";
    }
    return """
        -- The rows lie where no application role may look.
        create schema if not exists %1$s;
        revoke all on schema %1$s from public;
        """
            .formatted(render(base(table)))
        + block(
            """
              if to_regclass(%1$s) is null then
                alter table %2$s set schema %3$s;
              end if;
            """
                .formatted(literal(table.base()), render(table.name()), render(base(table))));
  }

  /** The tenant column, the keys that carry it, and an index that it leads. */
  static String keys(TenantTable table) {
    String tenant = table.tenantColumn();
    if (tenant == null) {
      return "";
    }
    StringBuilder sql = new StringBuilder();
    sql.append(
        """
        alter table %1$s alter column %2$s set not null;
        alter table %1$s alter column %2$s set default tenon.current_tenant();
        """
            .formatted(render(table.base()), render(DSL.name(tenant))));
    if (!table.key().isEmpty()) {
      sql.append(key(table, "p", "primary key", leading(tenant, table.key())));
    }
    for (List<String> columns : table.uniqueKeys()) {
      sql.append(key(table, "u", "unique", leading(tenant, columns)));
    }
    sql.append(
        block(
            """
              if not tenon.has_index_led_by(%1$s, %2$s) then
                create index on %3$s (%4$s);
              end if;
            """
                .formatted(
                    literal(table.base()),
                    text(tenant),
                    render(table.base()),
                    render(DSL.name(tenant)))));
    return sql.toString();
  }

  static String foreignKeys(TenantTable table) {
    return table.foreignKeys().stream()
        .map(foreignKey -> foreignKey(table, foreignKey))
        .collect(Collectors.joining());
  }

  private static String foreignKey(TenantTable table, TenantTable.ForeignKey foreignKey) {
    TenantTable target = foreignKey.target();
    String targetTenant = target.tenantColumn();
    List<String> from = foreignKey.columns();
    List<String> to = target.key();
    if (targetTenant != null) {
      from = leading(String.valueOf(table.tenantColumn()), from);
      to = leading(targetTenant, to);
    }
    return key(
        table,
        "f",
        "foreign key",
        from,
        " references " + render(target.base()) + " (" + columns(to) + ")",
        List.of(table, target));
  }

  private static String key(TenantTable table, String type, String clause, List<String> columns) {
    return key(table, type, clause, columns, "", List.of());
  }

  /**
   * FORCE is lifted for a key that is checked by a query: it runs as the owner and has no tenant.
   */
  private static String key(
      TenantTable table,
      String type,
      String clause,
      List<String> columns,
      String references,
      List<TenantTable> queried) {
    return block(
        """
          if not tenon.has_key(%1$s, '%2$s', array[%3$s]::name[]) then
            %8$salter table %4$s add %5$s (%6$s)%7$s;%9$s
          end if;
        """
            .formatted(
                literal(table.base()),
                type,
                columns.stream().map(IsolationSql::text).collect(Collectors.joining(", ")),
                render(table.base()),
                clause,
                columns(columns),
                references,
                forcing(queried, "alter table %s no force row level security;\n    "),
                forcing(queried, "\n    alter table %s force row level security;")));
  }

  private static String forcing(List<TenantTable> tables, String statement) {
    return tables.stream()
        .filter(table -> table.isolation() == Isolation.RLS)
        .map(table -> statement.formatted(render(table.name())))
        .distinct()
        .collect(Collectors.joining());
  }

  /** The policy or the view, and the declaration. */
  static String guard(TenantTable table) {
    return switch (table.isolation()) {
          case RLS -> policy(table);
          case FENCE -> view(table);
          case SHARED -> "";
        }
        + (table.isolation() == Isolation.SHARED ? "" : closedPartitions(table))
        + declaration(table);
  }

  /**
   * No row of a partition is shown by its own name; through its table its policies are not asked.
   * Without FORCE: the check of a new foreign key reads each partition as the owner, and would pass
   * on what it does not see.
   */
  private static String closedPartitions(TenantTable table) {
    return block(
        """
          for part in
            select c.oid::regclass as name
              from pg_catalog.pg_partition_tree(%s) t
              join pg_catalog.pg_class c on c.oid = t.relid
             where t.level > 0 and c.relkind in ('r', 'p') and not c.relrowsecurity
          loop
            execute format('alter table %%s enable row level security', part.name);
          end loop;
        """
            .formatted(literal(table.base())),
        "  part record;\n");
  }

  private static String policy(TenantTable table) {
    return """
        alter table %1$s enable row level security;
        alter table %1$s force row level security;
        drop policy if exists tenant on %1$s;
        create policy tenant on %1$s as permissive for all to public
          using (%2$s)
          with check (%2$s);
        """
        .formatted(render(table.name()), predicate(table));
  }

  /**
   * The view lists its columns by name, read from the table when the SQL runs. Rights that were
   * granted on the table before it moved are taken from it and given on the view; roles that work
   * across tenants (BYPASSRLS) keep theirs. Row-level security is only taken away where it is, as a
   * table with TimescaleDB's columnstore refuses to hear of it.
   */
  private static String view(TenantTable table) {
    String base = render(table.base());
    String view = render(table.name());
    String opening =
        "create or replace view %s with (security_barrier = %s) as select "
            .formatted(view, table.hasBarrier());
    String closing =
        " from %s where %s with cascaded check option".formatted(base, predicate(table));
    return "drop policy if exists tenant on %s;\n".formatted(base)
        + block(
            """
              if exists (select from pg_catalog.pg_class
                          where oid = %1$s::regclass and (relrowsecurity or relforcerowsecurity)) then
                alter table %2$s no force row level security;
                alter table %2$s disable row level security;
              end if;
            """
                .formatted(literal(table.base()), base))
        + block(
            """
              execute %1$s
                || (select string_agg(quote_ident(attname), ', ' order by attnum)
                      from pg_catalog.pg_attribute
                     where attrelid = %2$s::regclass and attnum > 0 and not attisdropped)
                || %3$s;
            """
                .formatted(text(opening), literal(table.base()), text(closing)))
        + "alter view %s alter column %s set default tenon.current_tenant();\n"
            .formatted(view, render(DSL.name(String.valueOf(table.tenantColumn()))))
        + movedGrants(table);
  }

  private static String movedGrants(TenantTable table) {
    return block(
        """
          for given in
            select case a.grantee when 0 then 'public' else quote_ident(r.rolname) end as grantee,
                   a.privilege_type as privilege
              from pg_catalog.pg_class c
             cross join lateral pg_catalog.aclexplode(c.relacl) a
              left join pg_catalog.pg_roles r on r.oid = a.grantee
             where c.oid = %1$s::regclass and a.grantee <> c.relowner
               and not coalesce(r.rolbypassrls, false)
          loop
            if given.privilege in ('SELECT', 'INSERT', 'UPDATE', 'DELETE') then
              execute 'grant ' || given.privilege || ' on ' || %2$s || ' to ' || given.grantee;
            end if;
            execute 'revoke ' || given.privilege || ' on ' || %1$s || ' from ' || given.grantee;
          end loop;
        """
            .formatted(literal(table.base()), literal(table.name())),
        "  given record;\n");
  }

  private static String declaration(TenantTable table) {
    String tenant = table.tenantColumn();
    return beforeItMoved(table)
        + """
        insert into tenon.isolation (relation, kind, tenant_column, base)
          values (%1$s::regclass, '%2$s', %3$s, %4$s)
          on conflict (relation) do update
          set kind = excluded.kind, tenant_column = excluded.tenant_column, base = excluded.base;
        """
            .formatted(
                literal(table.name()),
                table.isolation(),
                tenant == null ? "null" : text(tenant),
                table.isolation() == Isolation.FENCE
                    ? literal(table.base()) + "::regclass"
                    : "null");
  }

  /** A declaration follows its table, also behind the fence. */
  private static String beforeItMoved(TenantTable table) {
    return table.isolation() == Isolation.FENCE
        ? "delete from tenon.isolation where relation = %s::regclass;\n"
            .formatted(literal(table.base()))
        : "";
  }

  private static String predicate(TenantTable table) {
    return render(DSL.name(String.valueOf(table.tenantColumn())))
        + " = (select tenon.current_tenant())";
  }

  private static Name base(TenantTable table) {
    return DSL.name(table.baseSchema());
  }

  static List<String> leading(String tenant, List<String> columns) {
    return Stream.concat(Stream.of(tenant), columns.stream()).toList();
  }

  static String columns(List<String> columns) {
    return columns.stream()
        .map(column -> render(DSL.name(column)))
        .collect(Collectors.joining(", "));
  }

  static String render(Name name) {
    return POSTGRES.render(name);
  }

  /** A quoted name as an SQL text, for casts to regclass. */
  private static String literal(Name name) {
    return text(render(name));
  }

  private static String text(String value) {
    return POSTGRES.renderInlined(DSL.inline(value));
  }

  private static String block(String body) {
    return quoted("begin\n" + body + "end");
  }

  private static String block(String body, String declarations) {
    return quoted("declare\n" + declarations + "begin\n" + body + "end");
  }

  /** A tag that no name in the body can close. */
  private static String quoted(String body) {
    String tag = "$$";
    for (int i = 0; body.contains(tag); i++) {
      tag = "$tenon" + i + "$";
    }
    return "do " + tag + "\n" + body + "\n" + tag + ";\n";
  }
}
