package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the server makes of a row, and what the caller learns of it. */
class StoredRowsTest {

  private static final Table<Record> OFFERS = DSL.table(DSL.name("offers"));
  private static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  private static final Field<Integer> VERSION = DSL.field(DSL.name("version"), SQLDataType.INTEGER);

  private static final Migrations MIGRATIONS =
      Migrations.named("offers")
          .script(
              "V1__offers.sql",
              """
              create table public.shops (id uuid primary key);
              create table public.offers (
                id uuid primary key,
                code varchar(8) unique,
                price numeric(10, 2) not null constraint price_in_range check (price < 1000),
                shop uuid references public.shops,
                version bigint not null
              );
              create function public.swallow() returns trigger language plpgsql as
                $$ begin return null; end $$;
              """);

  record Offer(
      UUID id,
      @Nullable String code,
      @Nullable BigDecimal price,
      @Nullable UUID shop,
      int version) {

    Offer {
      if (price != null && price.signum() == 0) {
        throw new IllegalArgumentException("an offer has a price");
      }
    }

    static Offer of(String price) {
      return new Offer(UuidV7.next(), null, new BigDecimal(price), null, 1);
    }

    Offer atVersion(int number) {
      return new Offer(id, code, price, shop, number);
    }

    Offer withPrice(@Nullable String other) {
      return new Offer(id, code, other == null ? null : new BigDecimal(other), shop, version);
    }

    Offer withCode(String other) {
      return new Offer(id, other, price, shop, version);
    }
  }

  private static final Repository<Offer, UUID> ROWS =
      Repository.of(OFFERS, Offer.class).id(ID).version(VERSION).shared().build();
  private static final Repository<Offer, UUID> UNVERSIONED =
      Repository.of(OFFERS, Offer.class).id(ID).shared().build();

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(MIGRATIONS);

  @Test
  void an_update_beyond_the_last_version_writes_nothing() {
    Offer last = Offer.of("9.99").atVersion(Integer.MAX_VALUE);
    ROWS.insert(database.get(), last);
    assertThatThrownBy(() -> ROWS.update(database.get(), last.withPrice("1")))
        .isInstanceOf(InvalidDataException.class);
    assertThat(ROWS.get(database.get(), last.id())).isEqualTo(last);
  }

  @Test
  void an_upsert_beyond_the_last_version_writes_nothing() {
    Offer last = Offer.of("9.99").atVersion(Integer.MAX_VALUE);
    ROWS.insert(database.get(), last);
    assertThatThrownBy(() -> ROWS.upsert(database.get(), last.withPrice("1").atVersion(1)))
        .isInstanceOf(InvalidDataException.class);
    assertThat(ROWS.get(database.get(), last.id())).isEqualTo(last);
  }

  @Test
  void says_that_a_row_was_written_whose_stored_form_the_record_refuses() {
    Offer offer = Offer.of("9.99");
    ROWS.insert(database.get(), offer);
    assertThatThrownBy(() -> ROWS.update(database.get(), offer.withPrice("0.001")))
        .isInstanceOf(UnreadableResultException.class)
        .hasMessageContaining("the row was written")
        .hasMessageContaining("Repository of Offer.update");
    assertThatThrownBy(() -> ROWS.upsert(database.get(), Offer.of("0.001")))
        .isInstanceOf(UnreadableResultException.class);
    assertThat(database.get().sql().fetchValue("select count(*) from offers where price = 0"))
        .isEqualTo(2L);
  }

  @Test
  void a_row_whose_stored_form_the_record_refuses_goes_with_its_transaction() {
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(transaction -> ROWS.upsert(transaction, Offer.of("0.001"))))
        .isInstanceOf(UnreadableResultException.class);
    assertThat(database.get().sql().fetchCount(OFFERS)).isZero();
  }

  @Test
  void names_the_column_that_a_row_does_not_fit_in() {
    Offer offer = Offer.of("9.99");
    ROWS.insert(database.get(), offer);
    database.get().sql().execute("update offers set version = 3000000000");
    assertThatThrownBy(() -> ROWS.find(database.get(), offer.id()))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("version");
  }

  @Test
  void an_insert_that_a_trigger_swallows_is_an_error() {
    swallow("insert");
    assertSuppressed(() -> ROWS.insert(database.get(), Offer.of("1")), "insert into offers");
    assertSuppressed(() -> ROWS.upsert(database.get(), Offer.of("1")), "upsert into offers");
  }

  @Test
  void an_update_that_a_trigger_swallows_is_neither_stale_nor_missing() {
    Offer offer = Offer.of("1");
    ROWS.insert(database.get(), offer);
    swallow("update");
    assertSuppressed(() -> ROWS.update(database.get(), offer), "update offers");
    assertSuppressed(() -> UNVERSIONED.update(database.get(), offer), "update offers");
    assertSuppressed(() -> ROWS.upsert(database.get(), offer), "upsert into offers");
  }

  @Test
  void a_delete_that_a_trigger_swallows_is_an_error() {
    Offer offer = Offer.of("1");
    ROWS.insert(database.get(), offer);
    swallow("delete");
    assertSuppressed(() -> ROWS.delete(database.get(), offer.id()), "delete from offers");
  }

  private void swallow(String operation) {
    database
        .get()
        .sql()
        .execute(
            "create trigger swallow before "
                + operation
                + " on offers for each row execute function swallow()");
  }

  private static void assertSuppressed(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable work, String statement) {
    assertThatThrownBy(work)
        .isInstanceOf(ServerException.class)
        .hasMessageContaining(statement)
        .hasMessageContaining("0 of 1 rows");
  }

  @Test
  void a_broken_constraint_is_named_with_the_statement_and_what_to_do_but_without_values() {
    Offer offer = Offer.of("1").withCode("secret7");
    ROWS.insert(database.get(), offer);
    assertRefused(
        () -> ROWS.insert(database.get(), Offer.of("2").withCode("secret7")),
        "23505",
        "insert into offers",
        "offers_code_key",
        "upsert");
    assertRefused(
        () -> ROWS.insert(database.get(), Offer.of("1777")),
        "23514",
        "insert into offers",
        "price_in_range",
        "check");
    assertRefused(
        () -> ROWS.update(database.get(), offer.withPrice(null)),
        "23502",
        "update offers",
        "column price",
        "give the column a value");
    UUID nowhere = UUID.fromString("00000000-0000-7000-8000-0000000005ec");
    assertRefused(
        () ->
            ROWS.upsert(database.get(), new Offer(UuidV7.next(), null, BigDecimal.ONE, nowhere, 1)),
        "23503",
        "upsert into offers",
        "offers_shop_fkey",
        "refers to");
    assertRefused(
        () -> ROWS.update(database.get(), offer.withCode("secret789")),
        "22001",
        "update offers",
        "too long",
        "shorten");
  }

  private static void assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable work, String state, String... parts) {
    InvalidDataException refused = catchThrowableOfType(InvalidDataException.class, work);
    assertThat(refused.sqlState()).contains(state);
    assertThat(refused)
        .hasMessageContainingAll(parts)
        .hasMessageContaining("Repository of Offer")
        .hasMessageContaining("a session without a tenant");
    assertThat(refused.getMessage()).doesNotContain("secret").doesNotContain("1777");
    assertThat(refused.getMessage()).doesNotContain("05ec");
  }

  @Test
  void a_value_that_the_server_repeats_in_its_text_stays_out_of_the_message() {
    for (String type : List.of("integer", "uuid", "timestamptz", "jsonb", "numeric")) {
      assertThatThrownBy(
              () ->
                  database
                      .get()
                      .sql()
                      .fetch("select cast(cast(? as text) as " + type + ")", "secret7"))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("SQLSTATE 22")
          .satisfies(error -> assertThat(error.getMessage()).doesNotContain("secret7"));
    }
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .sql()
                    .fetch("select cast(cast(? as text) as integer)", "77777777777"))
        .isInstanceOf(InvalidDataException.class)
        .satisfies(error -> assertThat(error.getMessage()).doesNotContain("7777"));
  }

  @Test
  void a_row_that_others_refer_to_is_not_deleted_and_the_foreign_key_is_named() {
    Repository<Shop, UUID> shops =
        Repository.of(DSL.table(DSL.name("shops")), Shop.class).id(ID).shared().build();
    Shop shop = new Shop(UuidV7.next());
    shops.insert(database.get(), shop);
    ROWS.insert(database.get(), new Offer(UuidV7.next(), null, BigDecimal.ONE, shop.id(), 1));
    assertThatThrownBy(() -> shops.delete(database.get(), shop.id()))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("delete from shops")
        .hasMessageContaining("offers_shop_fkey");
  }

  record Shop(UUID id) {}
}
