package dev.tenon.guide;

import static dev.tenon.guide.Invoices.NUMBER;
import static dev.tenon.guide.Invoices.invoices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.OnStale;
import dev.tenon.core.UuidV7;
import dev.tenon.guide.Invoices.Invoice;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

class GeneratedColumnsGuideTest {

  private static final BigDecimal TEN = new BigDecimal("10.00");
  private static final BigDecimal TWO = new BigDecimal("2.00");

  @TenonTest(schema = Invoices.class)
  static class UnderPolicies {

    @Test
    void returns_what_the_database_made(TenantDatabase tenants) {
      returnsWhatTheDatabaseMade(tenants);
    }
  }

  @TenonTest(schema = Invoices.Fenced.class)
  static class BehindAFence {

    @Test
    void returns_what_the_database_made(TenantDatabase tenants) {
      returnsWhatTheDatabaseMade(tenants);
    }
  }

  private static void returnsWhatTheDatabaseMade(TenantDatabase tenants) {
    TenantSession acme = tenants.as(UuidV7.next());

    Invoice made = invoices.insertReturning(acme, new Invoice(null, "2026-1", TEN, TWO, null));

    long id = Objects.requireNonNull(made.id());
    assertThat(made.total()).isEqualByComparingTo("12");
    assertThat(invoices.get(acme, id)).isEqualTo(made);
    Invoice taxed = new Invoice(null, "2026-1", TEN, TEN, null);
    assertThat(invoices.upsert(acme, taxed, NUMBER))
        .isEqualTo(new Invoice(id, "2026-1", TEN, TEN, new BigDecimal("20.00")));
    invoices.insertAll(acme, List.of(new Invoice(null, "2026-2", TEN, TWO, null)));
    List<Invoice> all = invoices.list(acme, DSL.noCondition());
    assertThat(invoices.updateAll(acme, all, OnStale.FAIL_ALL).written()).isEqualTo(2);
    TenantSession other = tenants.as(UuidV7.next());
    assertThatThrownBy(() -> invoices.get(other, id)).isInstanceOf(NotFoundException.class);
  }
}
