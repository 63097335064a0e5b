package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ActorTest {

  private final Shop shop = new Shop();
  private final Database application = shop.open(shop.made().application());
  private final TenantDatabase tenants = TenantDatabase.on(application);

  @AfterEach
  void close() {
    application.close();
    shop.close();
  }

  @Test
  void a_trigger_sees_who_acts() {
    try (Database owner = shop.open(shop.made().owner())) {
      owner
          .sql()
          .execute(
              """
              create function public.stamp() returns trigger language plpgsql as $$
              begin
                new.email := pg_catalog.current_setting('app.actor', true);
                return new;
              end
              $$;
              create trigger stamp before insert on public.customers
                for each row execute function public.stamp();
              """);
    }
    TenantSession ann = tenants.as(Fleet.ACME).withActor("Ann O'Hara");
    ann.sql().execute("insert into customers (id) values (gen_random_uuid())");
    assertThat(ann.sql().fetchValue("select string_agg(email, ',') from customers"))
        .isEqualTo("Ann O'Hara");
  }

  @Test
  void the_next_borrower_of_the_connection_has_no_actor() {
    TenantSession ann = tenants.as(Fleet.ACME).withActor("Ann");
    for (int i = 0; i < 10; i++) {
      assertThat(actor(ann)).isEqualTo("Ann");
      assertThat(actor(tenants.as(Fleet.BOLT))).isNull();
      ann.transaction(transaction -> assertThat(actor(transaction)).isEqualTo("Ann"));
      assertThat(actor(application)).isNull();
    }
  }

  @Test
  void a_blank_actor_is_refused() {
    assertThatThrownBy(() -> tenants.as(Fleet.ACME).withActor(" "))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the name of the actor is blank");
  }

  @Test
  @SuppressWarnings({"NullAway", "OptionalAssignedToNull"})
  void nobody_is_refused_by_a_typed_error() {
    assertThatThrownBy(() -> tenants.as(Fleet.ACME).withActor(null))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the name of the actor is null");
    assertThatThrownBy(() -> tenants.as((TenantId) null))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the tenant is null");
    assertThatThrownBy(() -> tenants.current(() -> null))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no tenant is bound here");
    TenantDatabase limited =
        TenantDatabase.on(
            application, TenantDatabase.Options.defaults().withLimits(tenant -> null));
    assertThatThrownBy(() -> limited.as(Fleet.ACME))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the limits of tenant " + Fleet.ACME + " are null");
  }

  private static @Nullable Object actor(Session session) {
    return session.sql().fetchValue("select nullif(current_setting('app.actor', true), '')");
  }
}
