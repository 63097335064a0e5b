package dev.tenon.tenancy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.tenancy.audit.Finding;
import dev.tenon.tenancy.audit.Finding.Rule;
import dev.tenon.tenancy.audit.TenancyAudit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * The declarations in Java against the catalogue. What the database declares in the same way is
 * judged by the audit.
 */
final class DeclarationDiff {

  private static final String STANDING =
      """
      select c.oid is not null as is_there, quote_ident(s.nspname) as schema,
             quote_ident(s.nspname) || '.' || quote_ident(c.relname) as label,
             quote_ident(bs.nspname) || '.' || quote_ident(b.relname) as base_label,
             i.kind, i.tenant_column::text as tenant_column,
             i.base is not distinct from to_regclass(n.base) as has_base,
             exists (select
                      from pg_catalog.pg_options_to_table(c.reloptions) x
                     where x.option_name = 'security_barrier'
                       and x.option_value::boolean) as barrier
        from unnest(?, ?) with ordinality as n (name, base, place)
        left join pg_catalog.pg_class c on c.oid = to_regclass(n.name)
        left join pg_catalog.pg_namespace s on s.oid = c.relnamespace
        left join tenon.isolation i on i.relation = c.oid
        left join pg_catalog.pg_class b on b.oid = i.base
        left join pg_catalog.pg_namespace bs on bs.oid = b.relnamespace
       order by n.place
      """;

  /**
   * A key on the same columns that refers elsewhere, or did not look at the rows that were there,
   * would keep the declared one away.
   */
  private static final String MISSING_KEYS =
      """
      with declared as (
        select n.place, n.columns, n.target, n.target_columns, to_regclass(n.name) as relation,
               n.kind::"char" as kind, to_regclass(n.target) as target_relation
          from unnest(?, ?, ?, ?, ?) with ordinality
            as n (name, kind, columns, target, target_columns, place)
      ), standing as (
        select k.conrelid, k.contype, k.confrelid, k.conname, k.convalidated,
               (select string_agg('"' || replace(a.attname, '"', '""') || '"', ', '
                                  order by u.place)
                  from unnest(k.conkey) with ordinality as u (number, place)
                  join pg_catalog.pg_attribute a
                    on a.attrelid = k.conrelid and a.attnum = u.number) as columns,
               (select string_agg('"' || replace(a.attname, '"', '""') || '"', ', '
                                  order by u.place)
                  from unnest(k.confkey) with ordinality as u (number, place)
                  join pg_catalog.pg_attribute a
                    on a.attrelid = k.confrelid and a.attnum = u.number) as target_columns
          from pg_catalog.pg_constraint k
         where k.conrelid in (select d.relation from declared d)
      )
      select d.place::int as place,
             (select string_agg(
                       format('alter table %s drop constraint %I;', d.relation, k.conname), E'\\n')
                from standing k
               where k.conrelid = d.relation and k.contype = d.kind and k.columns = d.columns)
               as obstacle
        from declared d
       where d.relation is not null
         and not exists (
           select
             from standing k
            where k.conrelid = d.relation and k.contype = d.kind and k.columns = d.columns
              and (d.target is null
                or k.confrelid = d.target_relation and k.target_columns = d.target_columns
                  and k.convalidated))
       order by d.place
      """;

  private record Key(
      TenantTable table,
      String kind,
      List<String> columns,
      @Nullable TenantTable target,
      List<String> targetColumns) {}

  private final List<TenantTable> tables;

  DeclarationDiff(List<TenantTable> tables) {
    this.tables = tables;
  }

  List<Finding> of(Session session) {
    try {
      return compared(session);
    } catch (AccessDeniedException denied) {
      throw new AccessDeniedException(
          Problem.what("the declarations cannot be compared with the database")
              .where("TenantTables.diff")
              .why("the role of the session may not look behind a fence, nor should it")
              .fix(
                  "run it as the owner of the tables, who migrates; grant the application nothing"),
          denied);
    }
  }

  private List<Finding> compared(Session session) {
    if (session instanceof Transaction transaction) {
      return compare(transaction);
    }
    return session.transactionResult(
        Transaction.Options.defaults()
            .withIsolation(Transaction.Options.Isolation.REPEATABLE_READ)
            .asReadOnly(),
        this::compare);
  }

  private List<Finding> compare(Transaction transaction) {
    List<Finding> judged = TenancyAudit.of(transaction).findings();
    List<Finding> findings = new ArrayList<>();
    Set<String> same = new HashSet<>();
    List<Record> standing =
        List.copyOf(
            transaction
                .sql()
                .fetch(
                    STANDING,
                    texts(tables, table -> IsolationSql.render(table.name())),
                    texts(
                        tables,
                        table ->
                            table.isolation() == Isolation.FENCE
                                ? IsolationSql.render(table.base())
                                : null)));
    for (int i = 0; i < tables.size(); i++) {
      TenantTable table = tables.get(i);
      Record found = standing.get(i);
      Finding finding = compare(table, found);
      if (finding != null) {
        findings.add(finding);
      } else {
        same.add(found.get("label", String.class));
        Optional.ofNullable(found.get("base_label", String.class)).ifPresent(same::add);
      }
    }
    judged.stream().filter(finding -> concerns(finding, same)).forEach(findings::add);
    findings.addAll(missingKeys(transaction));
    return List.copyOf(findings);
  }

  private static @Nullable Finding compare(TenantTable table, Record found) {
    if (!found.get("is_there", Boolean.class)) {
      return Finding.of(
          Rule.MISSING_TABLE,
          IsolationSql.render(table.name()),
          "no such table",
          "-- create the table, then run TenantTables.sql()");
    }
    String kind = found.get("kind", String.class);
    String column = found.get("tenant_column", String.class);
    boolean same =
        table.isolation().name().equals(kind)
            && Objects.equals(table.tenantColumn(), column)
            && found.get("has_base", Boolean.class)
            && table.hasBarrier() == found.get("barrier", Boolean.class);
    return same
        ? null
        : Finding.of(
            Rule.OTHER_ISOLATION,
            found.get("label", String.class),
            "Java says " + described(table) + ", the database " + described(found),
            undone(table, found) + table.sql());
  }

  private static String described(TenantTable table) {
    return table.isolation()
        + (table.tenantColumn() == null ? "" : " by " + table.tenantColumn())
        + (table.isolation() == Isolation.FENCE && !table.hasBarrier() ? " without a barrier" : "");
  }

  private static String described(Record found) {
    String kind = found.get("kind", String.class);
    String column = found.get("tenant_column", String.class);
    return (kind == null ? "nothing" : kind)
        + (column == null ? "" : " by " + column)
        + ("FENCE".equals(kind) && !found.get("barrier", Boolean.class)
            ? " without a barrier"
            : "");
  }

  /** What has to go before the declared isolation can come. */
  private static String undone(TenantTable table, Record found) {
    String label = found.get("label", String.class);
    String kind = found.get("kind", String.class);
    if ("FENCE".equals(kind)
        && !(table.isolation() == Isolation.FENCE && found.get("has_base", Boolean.class))) {
      return """
          -- Grants on the view go with it.
          delete from tenon.isolation where relation = '%1$s'::regclass;
          drop view %2$s;
          alter table %3$s set schema %4$s;
          """
          .formatted(
              label.replace("'", "''"),
              label,
              found.get("base_label", String.class),
              found.get("schema", String.class));
    }
    if ("RLS".equals(kind) && table.isolation() == Isolation.SHARED) {
      return """
          drop policy if exists tenant on %1$s;
          alter table %1$s no force row level security;
          alter table %1$s disable row level security;
          """
          .formatted(label);
    }
    return "";
  }

  /** A finding's object is a table, or something on a table. */
  private static boolean concerns(Finding finding, Set<String> labels) {
    return switch (finding.rule()) {
      case TENANT_COLUMN_NULLABLE,
          TENANT_DEFAULT,
          KEY_DISABLED,
          ROW_SECURITY_OFF,
          ROW_SECURITY_NOT_FORCED,
          NO_POLICY,
          POLICY_IGNORES_TENANT,
          SEVERAL_PERMISSIVE_POLICIES,
          POLICY_WITHOUT_CHECK,
          POLICY_FOR_SOME_COMMANDS,
          POLICY_DRIFT,
          TENANT_READ_PER_ROW,
          FENCE_DRIFT,
          FENCE_COLUMNS,
          NO_TENANT_INDEX ->
          labels.stream()
              .anyMatch(
                  label ->
                      finding.object().equals(label) || finding.object().endsWith(" on " + label));
      default -> false;
    };
  }

  private List<Finding> missingKeys(Transaction transaction) {
    List<Key> keys = keys();
    List<Finding> findings = new ArrayList<>();
    for (Record missing :
        transaction
            .sql()
            .fetch(
                MISSING_KEYS,
                texts(keys, key -> IsolationSql.render(key.table().base())),
                texts(keys, Key::kind),
                texts(keys, key -> IsolationSql.columns(key.columns())),
                texts(
                    keys,
                    key -> key.target() == null ? null : IsolationSql.render(key.target().base())),
                texts(keys, key -> IsolationSql.columns(key.targetColumns())))) {
      Key key = keys.get(missing.get("place", Integer.class) - 1);
      String obstacle = missing.get("obstacle", String.class);
      findings.add(
          Finding.of(
              Rule.MISSING_KEY,
              IsolationSql.render(key.table().name()),
              name(key.kind()) + " (" + IsolationSql.columns(key.columns()) + ")",
              (obstacle == null ? "" : obstacle + "\n") + key.table().sql()));
    }
    return findings;
  }

  private List<Key> keys() {
    List<Key> keys = new ArrayList<>();
    for (TenantTable table : tables) {
      String tenant = table.tenantColumn();
      if (tenant == null) {
        continue;
      }
      if (!table.key().isEmpty()) {
        keys.add(new Key(table, "p", IsolationSql.leading(tenant, table.key()), null, List.of()));
      }
      for (List<String> columns : table.uniqueKeys()) {
        keys.add(new Key(table, "u", IsolationSql.leading(tenant, columns), null, List.of()));
      }
      for (TenantTable.ForeignKey foreignKey : table.foreignKeys()) {
        TenantTable target = foreignKey.target();
        String theirs = target.tenantColumn();
        keys.add(
            theirs == null
                ? new Key(table, "f", foreignKey.columns(), target, target.key())
                : new Key(
                    table,
                    "f",
                    IsolationSql.leading(tenant, foreignKey.columns()),
                    target,
                    IsolationSql.leading(theirs, target.key())));
      }
    }
    return keys;
  }

  private static String name(String kind) {
    return switch (kind) {
      case "p" -> "primary key";
      case "u" -> "unique key";
      default -> "foreign key";
    };
  }

  private static <T> @Nullable String[] texts(
      List<T> values, Function<T, @Nullable String> rendered) {
    @Nullable String[] texts = new @Nullable String[values.size()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = rendered.apply(values.get(i));
    }
    return texts;
  }
}
