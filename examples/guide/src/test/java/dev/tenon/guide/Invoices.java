package dev.tenon.guide;

import dev.tenon.core.Migrations;
import dev.tenon.core.Repository;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import java.math.BigDecimal;
import java.util.List;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** A table whose identifiers and sums the database makes. */
final class Invoices implements TestSchema {

  static final Table<Record> INVOICES = DSL.table(DSL.name("invoices"));
  static final Field<Long> ID = DSL.field(DSL.name("id"), SQLDataType.BIGINT);
  static final Field<String> NUMBER = DSL.field(DSL.name("number"), SQLDataType.VARCHAR);
  static final Field<BigDecimal> TOTAL = DSL.field(DSL.name("total"), SQLDataType.NUMERIC);

  record Invoice(
      @Nullable Long id,
      String number,
      BigDecimal net,
      BigDecimal tax,
      @Nullable BigDecimal total) {}

  static final Repository<Invoice, Long> invoices =
      Repository.of(INVOICES, Invoice.class).id(ID).generated(ID, TOTAL).unique(NUMBER).build();

  private static final Migrations MIGRATIONS =
      Migrations.named("invoices")
          .script(
              "V1__invoices.sql",
              """
              create table public.invoices (
                tenant_id uuid not null,
                id bigint not null generated always as identity,
                number text not null,
                net numeric(12, 2) not null,
                tax numeric(12, 2) not null,
                total numeric(12, 2) not null generated always as (net + tax) stored,
                primary key (tenant_id, id)
              );
              """
                  + invoices.uniqueSql());

  @Override
  public List<Migrations> migrations() {
    return isolatedBy(TenantTable.rls("public", "invoices"));
  }

  private static List<Migrations> isolatedBy(TenantTable isolation) {
    return List.of(
        TenancyMigrations.all(), MIGRATIONS.script("V2__invoices_isolation.sql", isolation.sql()));
  }

  /** The same table behind a fence. */
  static final class Fenced implements TestSchema {

    @Override
    public List<Migrations> migrations() {
      return isolatedBy(TenantTable.fence("public", "invoices"));
    }
  }
}
