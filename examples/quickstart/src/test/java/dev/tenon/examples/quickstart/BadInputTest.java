package dev.tenon.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import org.junit.jupiter.api.Test;

@TenonTest(schema = QuickstartSchema.class)
class BadInputTest {

  @Test
  void a_tenant_that_is_no_uuid_is_refused(TenantDatabase tenants) {
    assertThatThrownBy(() -> tenants.as("harbor"))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the tenant 'harbor' is not a UUID")
        .hasMessageContaining("fix: ");
  }
}
