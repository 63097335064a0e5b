package dev.tenon.testkit.isolation;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestDatabase;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a pooled connection keeps of one tenant for the next: plans and settings. */
@TenonTest(schema = MarketSchema.class)
class TurnsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create function leaky() returns text language sql immutable as 'select max(email) from customers' | leaky()",
        "create function leaky() returns text language sql immutable return (select max(email) from customers) | leaky()",
        "create function leaky(n int) returns text language plpgsql immutable as $$ begin return (select max(email) from customers); end $$ | leaky(integer)",
        "create function leaky(mail text default null, n int default 1) returns text language sql immutable as 'select max(email) from customers' | leaky(text,integer)",
        "create function leaky() returns text language plpgsql as $$ begin return coalesce(nullif(current_setting('app.kept', true), ''), set_config('app.kept', (select max(email) from customers), false)); end $$ | leaky()",
        "create function kept() returns text language sql immutable as 'select max(email) from customers'; create view leaky with (security_invoker) as select kept() as mail; revoke all on function kept from public; grant execute on function kept to %1$s; grant select on leaky to %1$s | leaky",
      })
  void names_what_is_kept_of_the_other(String hole, String object, TestDatabase database) {
    MarketSchema.fill(database);
    MarketSchema.asSuperuser(database, hole.formatted(database.application().user()));
    assertThat(assertThatIsolation(database).between(MarketSchema.ACME, MarketSchema.BOLT).leaks())
        .anySatisfy(
            leak -> {
              assertThat(leak.object()).isEqualTo(object);
              assertThat(leak.condition()).isEqualTo("in turn with the other on one connection");
              assertThat(leak.what()).startsWith("shows the other's value ");
            });
  }
}
