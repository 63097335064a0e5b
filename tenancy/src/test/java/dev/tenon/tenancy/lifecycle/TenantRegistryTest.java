package dev.tenon.tenancy.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.AdminDatabase;
import dev.tenon.tenancy.Shop;
import dev.tenon.tenancy.TenantDatabase;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TenantRegistryTest {

  private final Shop shop = new Shop();
  private final Database pool = shop.openAdmin();
  private final TenantRegistry registry = TenantRegistry.on(AdminDatabase.on(pool));
  private final TenantId acme = TenantId.of(UuidV7.next());
  private final TenantId bolt = TenantId.of(UuidV7.next());

  @AfterEach
  void close() {
    pool.close();
    shop.close();
  }

  @Test
  void creates_a_tenant_once() {
    Tenant created = registry.create(acme, "Acme");
    assertThat(created.state()).isEqualTo(Tenant.State.ACTIVE);
    assertThat(registry.create(acme, "Acme")).isEqualTo(created);
    assertThat(registry.all()).containsExactly(created);
  }

  @Test
  void refuses_a_name_that_is_taken_and_another_name_for_the_same_tenant() {
    registry.create(acme, "Acme");
    assertThatThrownBy(() -> registry.create(bolt, "Acme"))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("another tenant has this name")
        .hasMessageNotContaining("tenant_name_key");
    assertThatThrownBy(() -> registry.create(acme, "Bolt"))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("exists under another name");
    assertThat(registry.find(bolt)).isEmpty();
  }

  @Test
  void renames_suspends_and_resumes_and_may_do_each_again() {
    registry.create(acme, "Acme");
    assertThat(registry.rename(acme, "Acme Ltd").name()).isEqualTo("Acme Ltd");
    assertThat(registry.suspend(acme, "unpaid")).isEqualTo(registry.suspend(acme, "unpaid"));
    assertThat(registry.find(acme).orElseThrow().reason()).isEqualTo("unpaid");
    assertThat(registry.resume(acme)).isEqualTo(registry.resume(acme));
    assertThat(registry.find(acme).orElseThrow().state()).isEqualTo(Tenant.State.ACTIVE);
  }

  @Test
  void an_unknown_tenant_is_not_found() {
    assertThatThrownBy(() -> registry.suspend(acme, "x")).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> registry.rename(acme, "x")).isInstanceOf(NotFoundException.class);
  }

  @Test
  void an_erased_tenant_does_not_come_back() {
    registry.create(acme, "Acme");
    TenantErasure.on(AdminDatabase.on(pool)).erase(acme);
    assertThatThrownBy(() -> registry.resume(acme))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no way back");
    assertThat(registry.find(acme).orElseThrow().name()).isEqualTo("erased " + acme);
  }

  @Test
  void an_erased_tenant_keeps_no_name_from_others() {
    registry.create(acme, "Acme");
    TenantErasure.on(AdminDatabase.on(pool)).erase(acme);
    assertThatThrownBy(() -> registry.rename(acme, "Jane Doe"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no way back");
    assertThat(registry.find(acme).orElseThrow().name()).isEqualTo("erased " + acme);
    assertThat(registry.create(bolt, "Jane Doe").name()).isEqualTo("Jane Doe");
  }

  @Test
  void a_name_that_is_taken_is_told_as_such_when_a_tenant_is_renamed() {
    registry.create(acme, "Acme");
    registry.create(bolt, "Bolt");
    assertThatThrownBy(() -> registry.rename(bolt, "Acme"))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("another tenant has this name")
        .hasMessageContaining("TenantRegistry.rename");
  }

  @Test
  void blank_names_and_reasons_are_refused() {
    registry.create(acme, "Acme");
    assertThatThrownBy(() -> registry.create(bolt, " "))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the name is blank");
    assertThatThrownBy(() -> registry.rename(acme, ""))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the name is blank");
    assertThatThrownBy(() -> registry.suspend(acme, "\t"))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the reason is blank");
    assertThat(registry.find(acme).orElseThrow().state()).isEqualTo(Tenant.State.ACTIVE);
  }

  @Test
  void names_and_reasons_that_would_be_kept_as_something_else_are_refused() {
    registry.create(acme, "Acme \uD83D\uDE00");
    for (String text : List.of("a\0b", "\uD800", "b\uDE00\uD83D")) {
      for (ThrowingCallable asked :
          List.<ThrowingCallable>of(
              () -> registry.create(bolt, text),
              () -> registry.rename(acme, text),
              () -> registry.suspend(acme, text))) {
        assertThatThrownBy(asked)
            .isInstanceOf(InvalidDataException.class)
            .hasMessageContaining("holds a NUL character or half of a surrogate pair");
      }
    }
    assertThat(registry.find(acme).orElseThrow().name()).isEqualTo("Acme \uD83D\uDE00");
    assertThat(registry.find(acme).orElseThrow().state()).isEqualTo(Tenant.State.ACTIVE);
  }

  @Test
  void a_tenant_sees_itself_and_no_other_tenant() {
    registry.create(acme, "Acme");
    registry.create(bolt, "Bolt");
    try (Database application = shop.open(shop.made().application())) {
      assertThat(
              TenantDatabase.on(application)
                  .as(acme)
                  .sql()
                  .fetchValue("select string_agg(name, ',') from tenon.tenant"))
          .isEqualTo("Acme");
      assertThatThrownBy(
              () ->
                  TenantDatabase.on(application)
                      .as(acme)
                      .sql()
                      .execute("update tenon.tenant set state = 'ACTIVE'"))
          .hasMessageContaining("permission denied");
    }
  }
}
