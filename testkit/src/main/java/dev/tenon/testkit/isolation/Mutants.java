package dev.tenon.testkit.isolation;

import dev.tenon.core.TenantId;
import dev.tenon.core.TenonException;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Every part of a schema's fence that can be taken away and put back. */
record Mutants(TestDatabase database, List<Mutant> all) {

  /** What the application must not be granted on a partition; a right on one column is enough. */
  private static final List<String> RIGHTS =
      List.of("select", "insert", "update", "delete", "select (%s)");

  static Mutants of(TestDatabase database, Credentials role, Targets targets, TenantId tenant) {
    try (Connection superuser = database.dataSource(database.superuser()).getConnection();
        Statement statement = superuser.createStatement()) {
      String application = TargetTable.quoted(role.user());
      List<Mutant> all = new ArrayList<>(functions(statement, tenant));
      all.add(
          new Mutant(
              "a tenant set for the database",
              "alter database %s set app.current_tenant = %s"
                  .formatted(
                      TargetTable.quoted(database.name()), TargetTable.literal(tenant.toString())),
              "alter database %s reset app.current_tenant"
                  .formatted(TargetTable.quoted(database.name()))));
      for (TargetTable table : targets.tables()) {
        all.addAll(
            table.fenced() ? fence(statement, table, application) : policies(statement, table));
        if (table.may("INSERT")) {
          all.addAll(keys(statement, table));
        }
        all.addAll(children(statement, table, application));
        all.add(grant("truncate on " + table.base(), application));
      }
      return new Mutants(database, List.copyOf(all));
    } catch (SQLException error) {
      throw new IllegalStateException("the parts of the fence could not be read", error);
    }
  }

  /** Takes each away, asks whether that is seen, and puts it back. */
  MutationReport run(BooleanSupplier finds) {
    List<String> killed = new ArrayList<>();
    List<String> survivors = new ArrayList<>();
    try (Connection superuser = database.dataSource(database.superuser()).getConnection();
        Statement statement = superuser.createStatement()) {
      for (Mutant mutant : all) {
        if (!applied(statement, mutant)) {
          continue;
        }
        try {
          (isSeen(finds) ? killed : survivors).add(mutant.name());
        } finally {
          statement.execute(mutant.revert());
        }
      }
    } catch (SQLException error) {
      throw new IllegalStateException("a part of the fence could not be put back", error);
    }
    return new MutationReport(List.copyOf(killed), List.copyOf(survivors));
  }

  /** A key that the rows at hand do not allow is not made. */
  private static boolean applied(Statement statement, Mutant mutant) throws SQLException {
    try {
      statement.execute("begin; " + mutant.apply() + "; commit");
      return true;
    } catch (SQLException impossible) {
      statement.execute("rollback");
      return false;
    }
  }

  /** A start that is refused by the role guard is seen too. */
  private static boolean isSeen(BooleanSupplier finds) {
    try {
      return finds.getAsBoolean();
    } catch (TenonException refused) {
      return true;
    }
  }

  private static List<Mutant> policies(Statement statement, TargetTable table) throws SQLException {
    String name = table.base();
    String alter = "alter table " + name;
    List<Mutant> mutants = new ArrayList<>();
    mutants.add(
        new Mutant(
            name + ": disable row level security",
            alter + " disable row level security",
            alter + " enable row level security"));
    mutants.add(
        new Mutant(
            name + ": no force row level security",
            alter + " no force row level security",
            alter + " force row level security"));
    mutants.add(
        new Mutant(
            name + ": a second policy that lets everything by",
            "create policy tenon_mutant on " + name + " using (true) with check (true)",
            "drop policy tenon_mutant on " + name));
    try (ResultSet row =
        statement.executeQuery(
            """
            select p.polname, pg_get_expr(p.polqual, p.polrelid),
                   pg_get_expr(p.polwithcheck, p.polrelid),
                   case p.polcmd when 'r' then 'select' when 'a' then 'insert'
                                 when 'w' then 'update' when 'd' then 'delete' else 'all' end,
                   (select string_agg(
                             coalesce(quote_ident(r.rolname), 'public'), ', ' order by r.rolname)
                      from unnest(p.polroles) o (oid)
                      left join pg_catalog.pg_roles r using (oid)),
                   p.polcmd in ('*', 'a', 'w')
              from pg_catalog.pg_policy p
             where p.polrelid = %s::regclass and p.polpermissive
             order by p.polname
            """
                .formatted(TargetTable.literal(name)))) {
      while (row.next()) {
        mutants.addAll(policy(table, row));
      }
    }
    return mutants;
  }

  private static List<Mutant> policy(TargetTable target, ResultSet row) throws SQLException {
    String table = target.base();
    String policy = TargetTable.quoted(row.getString(1));
    String using = row.getString(2);
    String check = row.getString(3);
    String change = "alter policy " + policy + " on " + table;
    String drop = "drop policy " + policy + " on " + table;
    String create =
        "create policy %s on %s for %s to %s"
                .formatted(policy, table, row.getString(4), row.getString(5))
            + (using == null ? "" : " using (" + using + ")")
            + (check == null ? "" : " with check (" + check + ")");
    List<Mutant> mutants = new ArrayList<>();
    if (!row.getString(4).equals("insert") && target.may("SELECT")) {
      // Without a policy for INSERT a tenant's own rows are refused, and nothing else changes.
      mutants.add(new Mutant(table + ": drop policy " + row.getString(1), drop, create));
    }
    if (using != null) {
      mutants.add(
          new Mutant(
              table + ": policy " + row.getString(1) + " using (true)",
              change + " using (true)",
              change + " using (" + using + ")"));
    }
    if (row.getBoolean(6) && target.may("INSERT", "UPDATE")) {
      mutants.add(
          new Mutant(
              table + ": policy " + row.getString(1) + " with check (true)",
              change + " with check (true)",
              drop + "; " + create));
    }
    return mutants;
  }

  private static List<Mutant> fence(Statement statement, TargetTable table, String application)
      throws SQLException {
    List<Mutant> mutants = new ArrayList<>();
    String view = table.relation();
    try (ResultSet row =
        statement.executeQuery(
            """
            select rtrim(pg_get_viewdef(c.oid), ';'), array_to_string(c.reloptions, ', '),
                   (select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
                      from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0),
                   (select quote_ident(n.nspname)
                      from pg_catalog.pg_class b join pg_catalog.pg_namespace n on n.oid = b.relnamespace
                     where b.oid = %s::regclass)
              from pg_catalog.pg_class c where c.oid = %s::regclass
            """
                .formatted(TargetTable.literal(table.base()), TargetTable.literal(view)))) {
      row.next();
      String options = row.getString(2);
      String replace = "create or replace view " + view + " with (" + options + ") as ";
      if (!table.rights().isEmpty()) {
        mutants.add(
            new Mutant(
                view + ": the view without its predicate",
                replace + "select " + row.getString(3) + " from " + table.base(),
                replace + row.getString(1)));
      }
      if (table.may("INSERT", "UPDATE")) {
        mutants.add(
            new Mutant(
                view + ": the view without its check option",
                "alter view " + view + " reset (check_option)",
                "alter view " + view + " set (check_option = cascaded)"));
      }
      if (table.barrier() && table.may("SELECT")) {
        mutants.add(
            new Mutant(
                view + ": the view without its barrier",
                "alter view " + view + " set (security_barrier = false)",
                "alter view " + view + " set (security_barrier = true)"));
      }
      String schema = row.getString(4);
      mutants.add(
          new Mutant(
              view + ": rights behind the fence",
              "grant usage on schema %1$s to %2$s; grant select on %3$s to %2$s"
                  .formatted(schema, application, table.base()),
              "revoke usage on schema %1$s from %2$s; revoke select on %3$s from %2$s"
                  .formatted(schema, application, table.base())));
    }
    return mutants;
  }

  private static List<Mutant> keys(Statement statement, TargetTable table) throws SQLException {
    List<Mutant> mutants = new ArrayList<>();
    for (TargetTable.UniqueKey key : table.uniqueKeys()) {
      if (!key.columns().isEmpty()) {
        mutants.add(
            new Mutant(
                table.base() + ": " + key.name() + " without the tenant",
                "create unique index tenon_mutant on %s (%s)"
                    .formatted(table.base(), columns(key.columns())),
                "drop index " + schemaOf(statement, table.base()) + ".tenon_mutant"));
      }
    }
    for (TargetTable.Reference reference : table.references()) {
      String alter = "alter table " + table.base();
      mutants.add(
          new Mutant(
              table.base() + ": " + reference.name() + " without the tenant",
              "create unique index tenon_mutant on %1$s (%2$s); %3$s drop constraint %4$s; %3$s add constraint %4$s foreign key (%5$s) references %1$s (%2$s)"
                  .formatted(
                      reference.target(),
                      columns(reference.to()),
                      alter,
                      TargetTable.quoted(reference.name()),
                      columns(reference.from())),
              "%s drop constraint %2$s; drop index %3$s.tenon_mutant; %1$s add constraint %2$s %4$s"
                  .formatted(
                      alter,
                      TargetTable.quoted(reference.name()),
                      schemaOf(statement, reference.target()),
                      definition(statement, table, reference))));
    }
    return mutants;
  }

  /** What policies and fences ask: it names one tenant always, or nobody without refusing. */
  private static List<Mutant> functions(Statement statement, TenantId tenant) throws SQLException {
    List<Mutant> mutants = new ArrayList<>();
    for (List<String> replaced :
        List.of(
            List.of("tenon.current_tenant()", TargetTable.literal(tenant.toString()) + "::uuid"),
            List.of("tenon.refuse_without_tenant()", "null::uuid"))) {
      mutants.add(
          new Mutant(
              replaced.get(0) + " with another body",
              "create or replace function %s returns uuid language sql stable parallel safe return %s"
                  .formatted(replaced.get(0), replaced.get(1)),
              text(
                  statement,
                  "select pg_get_functiondef(%s::regprocedure)"
                      .formatted(TargetTable.literal(replaced.get(0))))));
    }
    return mutants;
  }

  /**
   * Each right on one partition, and reading on the others, with the way to their schema. A
   * partition with row-level security of its own shows nothing until that is gone too.
   */
  private static List<Mutant> children(Statement statement, TargetTable table, String application)
      throws SQLException {
    List<Mutant> mutants = new ArrayList<>();
    for (String child : table.children()) {
      List<String> rights = mutants.isEmpty() ? RIGHTS : RIGHTS.subList(0, 1);
      boolean ownSecurity =
          is(
              statement,
              "select relrowsecurity from pg_catalog.pg_class where oid = %s::regclass",
              child);
      String schema = schemaOf(statement, child);
      boolean closed =
          !is(
              statement,
              "select pg_catalog.has_schema_privilege('%s', c.relnamespace, 'USAGE')"
                      .formatted(application.replace("\"", "").replace("'", "''"))
                  + " from pg_catalog.pg_class c where c.oid = %s::regclass",
              child);
      for (String right : rights) {
        Mutant mutant = grant(right.formatted(table.tenant()) + " on " + child, application);
        if (ownSecurity) {
          mutant =
              mutant.and(
                  "alter table " + child + " disable row level security",
                  "alter table " + child + " enable row level security");
        }
        mutants.add(
            closed
                ? mutant.and(
                    "grant usage on schema " + schema + " to " + application,
                    "revoke usage on schema " + schema + " from " + application)
                : mutant);
      }
    }
    return mutants;
  }

  private static boolean is(Statement statement, String sql, String relation) throws SQLException {
    return "t".equals(text(statement, sql.formatted(TargetTable.literal(relation))));
  }

  private static Mutant grant(String right, String application) {
    return new Mutant(
        "grant " + right,
        "grant " + right + " to " + application,
        "revoke " + right + " from " + application);
  }

  private static String definition(
      Statement statement, TargetTable table, TargetTable.Reference reference) throws SQLException {
    return text(
        statement,
        "select pg_get_constraintdef(oid) from pg_catalog.pg_constraint where conrelid = %s::regclass and conname = %s"
            .formatted(TargetTable.literal(table.base()), TargetTable.literal(reference.name())));
  }

  private static String schemaOf(Statement statement, String table) throws SQLException {
    return text(
        statement,
        "select quote_ident(n.nspname) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = %s::regclass"
            .formatted(TargetTable.literal(table)));
  }

  private static String text(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static String columns(List<String> columns) {
    return String.join(", ", columns.stream().map(TargetTable::quoted).toList());
  }
}
