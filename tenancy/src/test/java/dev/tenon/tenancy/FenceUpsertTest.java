package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.UuidV7;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FenceUpsertTest {

  private static final String UPSERT =
      """
      insert into notes (tenant_id, id, body) values (?, ?, ?)
      on conflict (tenant_id, id) do update set body = excluded.body returning body
      """;

  private final Shop shop = new Shop();
  private final Database application = shop.open(shop.made().application());
  private final TenantSession acme = TenantDatabase.on(application).as(Fleet.ACME);
  private final TenantSession bolt = TenantDatabase.on(application).as(Fleet.BOLT);

  @AfterEach
  void close() {
    application.close();
    shop.close();
  }

  @Test
  void an_upsert_through_a_fence_inserts_and_then_updates() {
    UUID id = UuidV7.next();
    for (String body : new String[] {"first", "second"}) {
      assertThat(acme.sql().fetchValue(UPSERT, Fleet.ACME.value(), id, body)).isEqualTo(body);
    }
    assertThat(acme.sql().fetchValue("select string_agg(body, ',') from notes"))
        .isEqualTo("second");
  }

  @Test
  void an_upsert_of_another_tenants_row_is_denied_and_says_why() {
    UUID id = UuidV7.next();
    bolt.sql().execute(UPSERT, Fleet.BOLT.value(), id, "mine");
    assertThatThrownBy(() -> acme.sql().execute(UPSERT, Fleet.BOLT.value(), id, "yours"))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("the row with this key belongs to another tenant")
        .hasMessageContaining("leave the tenant out of the statement");
    assertThat(bolt.sql().fetchValue("select string_agg(body, ',') from notes")).isEqualTo("mine");
  }
}
