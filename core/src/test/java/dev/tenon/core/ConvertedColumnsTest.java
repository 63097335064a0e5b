package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Accounts.Account;
import dev.tenon.core.Accounts.AccountId;
import dev.tenon.core.Accounts.Plan;
import dev.tenon.core.Accounts.Settings;
import dev.tenon.core.Accounts.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jooq.Converter;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SortField;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jooq.impl.TableImpl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A repository asks the converters and bindings that a generated table declares. */
class ConvertedColumnsTest {

  private static final Accounts ACCOUNTS = Accounts.ACCOUNTS;
  private static final Repository<Account, AccountId> ROWS = Accounts.ROWS;

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Accounts.MIGRATIONS);

  @Test
  void a_row_comes_back_as_it_went() {
    Account account = Accounts.account(1);
    ROWS.insert(database.get(), account);
    assertThat(ROWS.get(database.get(), account.id())).isEqualTo(account);
    assertThat(ROWS.update(database.get(), account)).isEqualTo(account);
    assertThat(ROWS.upsert(database.get(), account)).isEqualTo(account);
    assertThat(ROWS.upsert(database.get(), account, ACCOUNTS.email)).isEqualTo(account);
    assertThat(ROWS.exists(database.get(), account.id())).isTrue();
    assertThat(ROWS.delete(database.get(), account.id())).isTrue();
  }

  @Test
  void the_server_holds_what_the_converters_make() {
    ROWS.insert(database.get(), Accounts.account(3));
    assertThat(
            database
                .get()
                .sql()
                .fetchValue("select concat_ws(' ', plan, states, settings, raw) from accounts"))
        .isEqualTo("PAID {closed,open} {\"t\": \"dark\"} {\"b\": 1,  \"a\": 2}");
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 10_001})
  void many_rows_come_back_as_they_went_by_arrays_and_by_copy(int rows) {
    List<Account> accounts = accounts(rows);
    ROWS.insertAll(database.get(), accounts);
    List<Account> some = accounts.subList(0, 10);
    List<AccountId> identifiers = some.stream().map(Account::id).toList();
    assertThat(ROWS.findAll(database.get(), identifiers)).isEqualTo(some);
    ROWS.upsertAll(database.get(), some);
    ROWS.upsertAll(database.get(), some, ACCOUNTS.email);
    ROWS.updateAll(database.get(), some, OnStale.FAIL_ALL);
    assertThat(ROWS.findAll(database.get(), identifiers)).isEqualTo(some);
    assertThat(ROWS.deleteAll(database.get(), identifiers)).isEqualTo(10);
  }

  /** Knows neither itself nor an order. */
  static final class Key {
    final UUID value;

    Key(UUID value) {
      this.value = value;
    }
  }

  record Keyed(Key id, String email) {}

  private static final Field<Key> KEY =
      DSL.field(
          DSL.name("id"),
          SQLDataType.UUID.asConvertedDataType(
              Converter.ofNullable(UUID.class, Key.class, Key::new, key -> key.value)));
  private static final Repository<Keyed, Key> KEYED =
      Repository.of(new KeyedAccounts(), Keyed.class).id(KEY).shared().build();

  private static final class KeyedAccounts extends TableImpl<Record> {
    private static final long serialVersionUID = 1L;

    KeyedAccounts() {
      super(DSL.name("accounts"));
      createField(DSL.name("id"), KEY.getDataType(), this, "");
      createField(DSL.name("email"), SQLDataType.CLOB, this, "");
    }
  }

  @Test
  void one_row_given_twice_is_seen_whatever_its_identifier_is() {
    List<Keyed> twice = new ArrayList<>();
    IntStream.of(1, 2, 1)
        .forEach(i -> twice.add(new Keyed(new Key(new UUID(0, i)), "a" + twice.size())));
    KEYED.insertAll(database.get(), twice.subList(0, 2));
    assertThatThrownBy(() -> KEYED.updateAll(database.get(), twice, OnStale.REPORT))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("more than once");
    List<Key> keys = twice.stream().map(Keyed::id).toList();
    assertThatThrownBy(() -> KEYED.deleteAll(database.get(), keys))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("more than once");
    assertThat(KEYED.findAll(database.get(), keys)).hasSize(2);
  }

  @Test
  void a_patch_takes_what_the_converter_makes() {
    Account account = Accounts.account(1);
    ROWS.insert(database.get(), account);
    Patch patch =
        Patch.of(ACCOUNTS.state, State.CLOSED)
            .set(ACCOUNTS.plan, Plan.NONE)
            .set(ACCOUNTS.states, new State[] {State.OPEN})
            .set(ACCOUNTS.settings, new Settings("light"));
    Account patched = ROWS.patch(database.get(), account.id(), patch);
    assertThat(patched.state()).isEqualTo(State.CLOSED);
    assertThat(patched.plan()).isEqualTo(Plan.NONE);
    assertThat(patched.states()).containsExactly(State.OPEN);
    assertThat(patched.settings()).isEqualTo(new Settings("light"));
  }

  static List<SortField<?>> orders() {
    return List.of(
        ACCOUNTS.id.asc(),
        ACCOUNTS.email.desc(),
        ACCOUNTS.opened.asc(),
        ACCOUNTS.state.desc(),
        ACCOUNTS.balance.desc(),
        ACCOUNTS.wakes.asc());
  }

  @ParameterizedTest
  @MethodSource("orders")
  void pages_visit_every_row_once_there_and_back(SortField<?> order) {
    List<Account> accounts = accounts(40);
    ROWS.insertAll(database.get(), accounts);
    Page.Request request = Page.Request.of(7).orderBy(order);
    List<Account> met = new ArrayList<>();
    List<Account> back = new ArrayList<>();
    Page<Account> page = ROWS.page(database.get(), request);
    met.addAll(page.rows());
    while (page.next().isPresent()) {
      page = ROWS.page(database.get(), request.after(page.next().get()));
      met.addAll(page.rows());
    }
    Optional<String> previous = page.previous();
    back.addAll(0, page.rows());
    while (previous.isPresent()) {
      Page<Account> before = ROWS.page(database.get(), request.before(previous.get()));
      back.addAll(0, before.rows());
      previous = before.previous();
    }
    assertThat(met).containsExactlyInAnyOrderElementsOf(accounts);
    assertThat(back).isEqualTo(met);
  }

  @Test
  void conditions_and_streams_use_the_same_converters() {
    List<Account> accounts = accounts(12);
    ROWS.insertAll(database.get(), accounts);
    assertThat(ROWS.list(database.get(), ACCOUNTS.state.eq(State.OPEN)))
        .allMatch(account -> account.state() == State.OPEN)
        .hasSize((int) accounts.stream().filter(a -> a.state() == State.OPEN).count());
    assertThat(
            ROWS.<Long, RuntimeException>stream(
                database.get(),
                ACCOUNTS.address.eq(new Accounts.Address("10.0.0.1/24")),
                rows -> rows.count()))
        .isEqualTo(12);
  }

  @Test
  void a_value_that_the_converter_refuses_is_invalid_data_without_its_text() {
    database
        .get()
        .sql()
        .execute("insert into accounts (id, email) values (?, 'nobody')", new UUID(0, 1));
    assertThatThrownBy(() -> ROWS.get(database.get(), new AccountId(new UUID(0, 1))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("column email of Account")
        .hasMessageContaining("converter from String to Email")
        .hasMessageNotContaining("nobody");
  }

  @Test
  void a_cursor_that_no_converter_takes_is_refused() {
    String other =
        ROWS.page(database.get(), Page.Request.of(1).orderBy(ACCOUNTS.id.asc()))
            .next()
            .orElse("AAAA");
    assertThatThrownBy(
            () ->
                ROWS.page(
                    database.get(), Page.Request.of(1).orderBy(ACCOUNTS.email.asc()).after(other)))
        .isInstanceOf(InvalidDataException.class);
  }

  record Mistyped(AccountId id, String email) {}

  @Test
  void a_component_of_another_type_than_the_converters_is_refused_when_the_repository_is_built() {
    assertThatThrownBy(() -> Repository.of(ACCOUNTS, Mistyped.class))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("component Mistyped.email")
        .hasMessageContaining("converted to Email");
  }

  private static List<Account> accounts(int count) {
    List<Account> accounts = new ArrayList<>();
    IntStream.range(0, count).mapToObj(Accounts::account).forEach(accounts::add);
    return accounts;
  }
}
