package dev.tenon.testkit.isolation;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.TenantTables;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Columns whose values PostgreSQL gives, and takes from nobody who does not insist. */
@TenonTest(schema = IdentityColumnTest.Desk.class)
class IdentityColumnTest {

  /** Tickets that the server numbers, and their replies behind a fence. */
  public static final class Desk implements TestSchema {

    private static final TenantTable TICKETS = TenantTable.rls("tickets").key("id");
    private static final TenantTable REPLIES =
        TenantTable.fence("replies").key("id").foreignKey(TICKETS, "ticket_id");

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("desk")
              .script(
                  "V1__tables.sql",
                  """
                  create table tickets (
                    tenant_id uuid, id bigint generated always as identity, title text);
                  create table replies (
                    tenant_id uuid, id bigint generated always as identity, ticket_id bigint);
                  """)
              .script("R__isolation.sql", TenantTables.of(TICKETS, REPLIES).sql()));
    }
  }

  @Test
  void holds_where_the_server_numbers_the_rows(TestDatabase database) {
    fill(database);
    between(database).holds();
    assertThat(between(database).unproved()).isEmpty();
  }

  @Test
  void sees_every_part_of_the_fence_that_is_taken_away(TestDatabase database) {
    fill(database);
    assertThat(between(database).killsEveryMutant().killed())
        .contains(
            "tickets: policy tenant with check (true)",
            "fenced.replies: replies_tenant_id_ticket_id_fkey without the tenant");
  }

  private static void fill(TestDatabase database) {
    MarketSchema.asSuperuser(
        database,
        """
        insert into tickets (tenant_id, title)
        select t, 'first of ' || t from unnest(array['%1$s', '%2$s']::uuid[]) t;
        insert into fenced.replies (tenant_id, ticket_id) select tenant_id, id from tickets;
        """
            .formatted(MarketSchema.ACME, MarketSchema.BOLT));
  }

  private static IsolationProof between(TestDatabase database) {
    return assertThatIsolation(database).between(MarketSchema.ACME, MarketSchema.BOLT);
  }
}
