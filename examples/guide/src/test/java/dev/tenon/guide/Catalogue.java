package dev.tenon.guide;

import dev.tenon.core.Migrations;
import dev.tenon.core.Range;
import dev.tenon.core.Repository;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** Products with documents, lists, ranges and money, behind a fence. */
final class Catalogue implements TestSchema {

  static final Table<Record> PRODUCTS = DSL.table(DSL.name("products"));
  static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  static final Field<JSONB> DETAILS = DSL.field(DSL.name("details"), SQLDataType.JSONB);

  static final Field<Range<Instant>> OFFERED =
      DSL.field(DSL.name("offered"), Range.dataType(Instant.class));

  record Details(String maker, List<Part> parts) {}

  record Part(String name, int number) {}

  record Product(
      UUID id, BigDecimal price, List<String> tags, Range<Instant> offered, Details details) {}

  static final Repository<Product, UUID> products =
      Repository.of(PRODUCTS, Product.class).id(ID).build();

  private static final Migrations MIGRATIONS =
      Migrations.named("catalogue")
          .script(
              "V1__catalogue.sql",
              """
              create table public.products (
                tenant_id uuid not null,
                id uuid not null,
                price numeric(12, 2) not null,
                tags text[] not null,
                offered tstzrange not null,
                details jsonb not null,
                primary key (tenant_id, id)
              );
              create index products_details on public.products using gin (details jsonb_path_ops);
              """);

  @Override
  public List<Migrations> migrations() {
    return isolatedBy(TenantTable.fence("public", "products").withoutBarrier());
  }

  static List<Migrations> isolatedBy(TenantTable isolation) {
    return List.of(
        TenancyMigrations.all(), MIGRATIONS.script("V2__isolation.sql", isolation.sql()));
  }

  /** The same table with policies. */
  static final class WithPolicies implements TestSchema {

    @Override
    public List<Migrations> migrations() {
      return isolatedBy(TenantTable.rls("public", "products"));
    }
  }
}
