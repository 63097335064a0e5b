package dev.tenon.testkit.isolation;

import dev.tenon.core.Migrations;
import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.TenantTables;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** One table of each kind, with rows of two tenants: row security, partitions, a fence, a view. */
public final class MarketSchema implements TestSchema {

  static final TenantId ACME = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  static final TenantId BOLT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000b");

  private static final TenantTable CUSTOMERS =
      TenantTable.rls("customers").key("id").unique("email");

  static final TenantTables TABLES =
      TenantTables.of(
          CUSTOMERS,
          TenantTable.rls("orders").key("id", "day").foreignKey(CUSTOMERS, "customer_id"),
          TenantTable.fence("notes").key("id").foreignKey(CUSTOMERS, "customer_id"),
          TenantTable.shared("countries"));

  private static final Migrations MIGRATIONS =
      Migrations.named("market")
          .script(
              "V1__tables.sql",
              """
              create table customers (tenant_id uuid, id uuid, email text, number int);
              create table orders (tenant_id uuid, id bigint, customer_id uuid, day date)
                partition by range (day);
              create table orders_2026 partition of orders
                for values from ('2026-01-01') to ('2027-01-01');
              revoke all on orders_2026 from public;
              create table notes (tenant_id uuid, id uuid, customer_id uuid, body text);
              create table countries (code text primary key);
              """)
          .script("V2__isolation.sql", TABLES.sql())
          .script(
              "V3__views.sql",
              """
              create view emails with (security_invoker = true) as select email from customers;
              create function emails_of_mine() returns setof text language sql stable
                return (select string_agg(email, ',') from customers);
              do $$
              declare
                reader name;
              begin
                for reader in select distinct grantee from information_schema.role_table_grants
                               where table_name = 'orders_2026' and grantee <> current_user
                loop
                  execute format('revoke all on orders_2026 from %I', reader);
                end loop;
              end
              $$;
              """);

  @Override
  public List<Migrations> migrations() {
    return List.of(TenancyMigrations.all(), MIGRATIONS);
  }

  static void fill(TestDatabase database) {
    asSuperuser(
        database,
        """
        insert into customers (tenant_id, id, email, number)
        select t, gen_random_uuid(), 'mail-of-' || t || '-' || n, n
          from unnest(array['%1$s', '%2$s']::uuid[]) t, generate_series(1, 3) n;
        insert into orders (tenant_id, id, customer_id, day)
        select tenant_id, row_number() over (), id, '2026-05-05' from customers;
        insert into fenced.notes (tenant_id, id, customer_id, body)
        select tenant_id, gen_random_uuid(), id, 'secret of ' || tenant_id from customers;
        """
            .formatted(ACME, BOLT));
  }

  static void asSuperuser(TestDatabase database, String sql) {
    try (Connection superuser = database.dataSource(database.superuser()).getConnection();
        Statement statement = superuser.createStatement()) {
      statement.execute(sql);
    } catch (SQLException error) {
      throw new IllegalStateException(error);
    }
  }
}
