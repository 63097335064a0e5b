package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.ServerException;
import dev.tenon.testkit.servers.Credentials;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FenceGuardTest {

  private final Shop shop = new Shop();

  @AfterEach
  void close() {
    shop.close();
  }

  @Test
  void accepts_a_role_that_can_make_nothing() {
    assertThatCode(this::guard).doesNotThrowAnyException();
  }

  @Test
  void refuses_a_role_that_may_make_temporary_functions() {
    takeTheBarrierAway();
    shop.asSuperuser("grant temporary on database %s to %s");
    refuses("may create temporary tables and functions, and the fence notes has no barrier");
  }

  @Test
  void refuses_a_role_that_may_make_functions() {
    takeTheBarrierAway();
    shop.asSuperuser("-- %s\ngrant create on schema public to %s");
    refuses("may create functions, and the fence notes has no barrier");
  }

  @Test
  void refuses_a_role_that_may_make_schemas() {
    takeTheBarrierAway();
    shop.asSuperuser("grant create on database %s to %s");
    refuses("may create functions");
  }

  @Test
  void refuses_a_role_that_may_look_behind_the_fence() {
    shop.asSuperuser("-- %s\ngrant usage on schema fenced to %s");
    refuses("has USAGE on schema fenced, behind the fence notes");
  }

  @Test
  void refuses_a_role_with_rights_on_the_table_behind_the_fence() {
    shop.asSuperuser("-- %s\ngrant select on fenced.notes to %s");
    refuses("has rights on fenced.notes, behind the fence notes");
  }

  @Test
  void refuses_a_role_that_may_become_one_that_looks_behind_the_fence() {
    Credentials reader = shop.made().createRole("reader");
    shop.asSuperuser(
        "-- %1$s\ngrant usage on schema fenced to {reader}; grant {reader} to %2$s with inherit false"
            .replace("{reader}", reader.user()));
    refuses("role " + reader.user() + " has USAGE on schema fenced, behind the fence notes");
  }

  @Test
  void accepts_more_rights_where_the_fence_has_a_barrier() {
    shop.asSuperuser("grant temporary, create on database %s to %s");
    assertThatCode(this::guard).doesNotThrowAnyException();
  }

  private void takeTheBarrierAway() {
    try (Database owner = shop.open(shop.made().owner())) {
      owner.sql().execute(Shop.NOTES.withoutBarrier().sql());
    }
  }

  private void refuses(String reason) {
    assertThatThrownBy(this::guard)
        .isInstanceOf(ServerException.class)
        .hasMessageContaining(reason)
        .hasMessageContaining("revoke");
  }

  private void guard() {
    try (Database application = shop.open(shop.made().application())) {
      TenantDatabase.on(application);
    }
  }
}
