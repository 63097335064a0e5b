package dev.tenon.testkit.isolation;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Triggers under a cascade, where PostgreSQL runs them as the owner, whom no policy binds. */
@TenonTest(schema = MarketSchema.class)
class CascadeTest {

  private static final String LEAK = "changes rows of the other";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "on delete cascade | before delete | update customers set number = number + 1000; return"
            + " old | delete its own rows and what falls with them | "
            + LEAK,
        "on delete set null (customer_id) | before update | update orders set id = id + 1000;"
            + " return new | delete its own rows and what falls with them | "
            + LEAK,
        "on update cascade | before update | update customers set number = number + 1000; return"
            + " new | change the key id of its own rows | "
            + LEAK,
        "on delete set null (customer_id) | before update | new.note := (select max(email) from"
            + " customers); return new | delete its own rows and what falls with them | shows the"
            + " other's value mail-of-",
        "on delete set null (customer_id) | before update | new.note := (select count(*) from"
            + " customers); return new | delete its own rows and what falls with them | writes"
            + " otherwise when the other's rows are gone",
      })
  void names_what_a_trigger_under_a_cascade_does(
      String action, String when, String body, String attack, String what, TestDatabase database) {
    plant(action, when, body, database);
    assertThat(assertThatIsolation(database).between(MarketSchema.ACME, MarketSchema.BOLT).leaks())
        .anySatisfy(
            leak -> {
              assertThat(leak.object()).isEqualTo("customers");
              assertThat(leak.attack()).isEqualTo(attack);
              assertThat(leak.what()).startsWith(what);
            });
  }

  @Test
  void holds_on_triggers_that_touch_their_own_row(TestDatabase database) {
    plant(
        "on delete set null (customer_id) on update cascade",
        "before update or delete",
        "if tg_op = 'DELETE' then return old; end if; new.note := now()::text; return new",
        database);
    assertThatIsolation(database).between(MarketSchema.ACME, MarketSchema.BOLT).holds();
    assertThat(
            assertThatIsolation(database).between(MarketSchema.ACME, MarketSchema.BOLT).unproved())
        .isEmpty();
  }

  @Test
  void holds_on_triggers_that_wait_for_the_end_of_the_statement(TestDatabase database) {
    plant(
        "on delete cascade",
        "after delete",
        "update customers set number = number + 1000; return null",
        database);
    assertThatIsolation(database).between(MarketSchema.ACME, MarketSchema.BOLT).holds();
  }

  private static void plant(String action, String when, String body, TestDatabase database) {
    MarketSchema.fill(database);
    MarketSchema.asSuperuser(
        database,
        """
        set role "%1$s";
        create table lines (tenant_id uuid, id uuid default gen_random_uuid(), customer_id uuid,
          note text, foreign key (tenant_id, customer_id) references customers (tenant_id, id) %2$s);
        %3$s
        reset role;
        insert into lines (tenant_id, customer_id) select tenant_id, id from customers;
        set role "%1$s";
        create function on_line() returns trigger language plpgsql as $$ begin %5$s; end $$;
        create trigger on_line %4$s on lines for each row execute function on_line();
        """
            .formatted(
                database.owner().user(),
                action,
                TenantTable.rls("lines").key("id").sql(),
                when,
                body));
  }
}
