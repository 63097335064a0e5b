package dev.tenon.guide;

import static dev.tenon.guide.Catalogue.DETAILS;
import static dev.tenon.guide.Catalogue.ID;
import static dev.tenon.guide.Catalogue.OFFERED;
import static dev.tenon.guide.Catalogue.PRODUCTS;
import static dev.tenon.guide.Catalogue.products;
import static dev.tenon.testkit.PlanAssert.assertThatPlan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Range;
import dev.tenon.core.Session;
import dev.tenon.core.UuidV7;
import dev.tenon.guide.Catalogue.Details;
import dev.tenon.guide.Catalogue.Part;
import dev.tenon.guide.Catalogue.Product;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jooq.Condition;
import org.jooq.JSONB;
import org.jooq.Query;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

class DocumentsGuideTest {

  private static final Condition BY_ACE = DETAILS.contains(JSONB.valueOf("{\"maker\": \"Ace\"}"));

  @TenonTest(schema = Catalogue.class)
  static class BehindAFence {

    @Test
    void keeps_documents_lists_ranges_and_money(TenantDatabase tenants) {
      TenantSession acme = tenants.as(UuidV7.next());

      Product product =
          new Product(
              UuidV7.next(),
              new BigDecimal("12.50"),
              List.of("new", "it's"),
              Range.from(Instant.EPOCH),
              new Details("Ace", List.of(new Part("bolt", 7))));
      products.insert(acme, product);
      Condition withBolts = DETAILS.contains(JSONB.valueOf("{\"parts\": [{\"name\": \"bolt\"}]}"));
      List<Product> found = products.list(acme, withBolts);

      Condition offeredNow = DSL.condition("{0} @> current_timestamp", OFFERED);
      List<Product> current = products.list(acme, offeredNow.and(withBolts));

      assertThat(found).containsExactly(product);
      assertThat(current).containsExactly(product);
      assertThat(products.list(tenants.as(UuidV7.next()), withBolts)).isEmpty();
    }

    @Test
    void finds_documents_through_their_index(TenantDatabase tenants, TestDatabase made) {
      TenantSession acme = tenants.as(UuidV7.next());
      fill(acme, made);
      assertThat(products.list(acme, BY_ACE)).hasSize(1);
      assertThatPlan(acme, byAce(acme))
          .assuming("enable_seqscan", "off")
          .usesIndex("products_details");
    }
  }

  @TenonTest(schema = Catalogue.WithPolicies.class)
  static class WithPolicies {

    @Test
    void an_operator_that_may_leak_uses_no_index_under_policies(
        TenantDatabase tenants, TestDatabase made) {
      TenantSession acme = tenants.as(UuidV7.next());
      fill(acme, made);
      assertThat(products.list(acme, BY_ACE)).hasSize(1);
      assertThatThrownBy(
              () ->
                  assertThatPlan(acme, byAce(acme))
                      .assuming("enable_seqscan", "off")
                      .usesIndex("products_details"))
          .isInstanceOf(AssertionError.class);
    }
  }

  private static Query byAce(Session session) {
    return session.sql().select(ID).from(PRODUCTS).where(BY_ACE);
  }

  private static void fill(TenantSession session, TestDatabase made) {
    products.insertAll(
        session,
        IntStream.range(0, 2_000)
            .mapToObj(
                i ->
                    new Product(
                        UuidV7.next(),
                        BigDecimal.ONE,
                        List.of(),
                        Range.all(),
                        new Details(i == 7 ? "Ace" : "maker " + i, List.of())))
            .toList());
    try (Database owner = TestSchema.connect(made, made.superuser())) {
      owner.sql().execute("analyze");
    }
  }
}
