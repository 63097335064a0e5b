package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.Database;
import dev.tenon.core.TenantId;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.AdminDatabase;
import dev.tenon.tenancy.Shop;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import java.util.List;

/** A shop with two tenants in its registry, and the doors to both sides of the fence. */
final class TwoTenants implements AutoCloseable {

  final TenantId acme = TenantId.of(UuidV7.next());
  final TenantId bolt = TenantId.of(UuidV7.next());
  final Shop shop = new Shop();
  private final Database pool = shop.openAdmin();
  private final Database application = shop.open(shop.made().application());
  final AdminDatabase admin = AdminDatabase.on(pool);
  final TenantRegistry registry = TenantRegistry.on(admin);
  final TenantArchive archive = TenantArchive.on(admin);
  final TenantErasure erasure = TenantErasure.on(admin);

  TwoTenants() {
    registry.create(acme, "Acme");
    registry.create(bolt, "Bolt");
  }

  /** Gives each tenant so many customers, with one note each. */
  void fill(int customers, String note) {
    for (TenantId tenant : List.of(acme, bolt)) {
      session(tenant)
          .sql()
          .execute(
              """
              with c as (
                insert into customers (id, email)
                select gen_random_uuid(), n from generate_series(1, ?::int) n returning id)
              insert into notes (id, customer_id, body, rank)
              select gen_random_uuid(), id, ?, 'NaN' from c
              """,
              customers,
              note);
    }
  }

  TenantSession session(TenantId tenant) {
    return TenantDatabase.on(application).as(tenant);
  }

  /** As in another database, which never heard of the tenants that were erased. */
  void forgetErased() {
    admin
        .admin("test")
        .acrossTenants(
            transaction ->
                transaction.sql().execute("delete from tenon.tenant where state = 'ERASED'"));
  }

  /** Runs SQL as the owner of the tables. */
  void asOwner(String sql) {
    try (Database owner = shop.open(shop.made().owner())) {
      owner.sql().execute(sql);
    }
  }

  @Override
  public void close() {
    application.close();
    pool.close();
    shop.close();
  }
}
