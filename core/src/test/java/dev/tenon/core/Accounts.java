package dev.tenon.core;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.BindingGetResultSetContext;
import org.jooq.BindingSQLContext;
import org.jooq.BindingSetStatementContext;
import org.jooq.Converter;
import org.jooq.DataType;
import org.jooq.JSON;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.TableField;
import org.jooq.impl.AbstractBinding;
import org.jooq.impl.AbstractConverter;
import org.jooq.impl.DSL;
import org.jooq.impl.DefaultDataType;
import org.jooq.impl.SQLDataType;
import org.jooq.impl.TableImpl;
import org.jspecify.annotations.Nullable;

/** A table as jOOQ generates it where the build forces types: converters and bindings. */
final class Accounts extends TableImpl<Record> {

  static final Migrations MIGRATIONS =
      Migrations.named("accounts")
          .script(
              "V1__accounts.sql",
              """
              create table public.accounts (
                id uuid primary key, email text not null unique, state text, plan text,
                opened timestamptz, balance numeric, states text[], settings jsonb, raw json,
                address inet, card macaddr, network cidr, networks cidr[], wakes time,
                partners uuid[], nick text);
              """);

  record AccountId(UUID value) {}

  record Email(String text) {
    Email {
      if (!text.contains("@")) {
        throw new IllegalArgumentException("no address: " + text);
      }
    }
  }

  record Money(BigDecimal amount) {}

  /** A number to Java, whose text needs quotes in an array. */
  static final class Address extends Number {
    private static final long serialVersionUID = 1L;
    private final String text;

    Address(String text) {
      this.text = text;
    }

    @Override
    public int intValue() {
      return 0;
    }

    @Override
    public long longValue() {
      return 0;
    }

    @Override
    public float floatValue() {
      return 0;
    }

    @Override
    public double doubleValue() {
      return 0;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Address address && address.text.equals(text);
    }

    @Override
    public int hashCode() {
      return text.hashCode();
    }

    @Override
    public String toString() {
      return text;
    }
  }

  record Card(String text) {}

  record Nick(String text) {}

  record Settings(String theme) {}

  enum State {
    OPEN,
    CLOSED
  }

  /** Absence has a constant of its own. */
  enum Plan {
    NONE,
    PAID
  }

  record Account(
      AccountId id,
      Email email,
      @Nullable State state,
      Plan plan,
      @Nullable Instant opened,
      @Nullable Money balance,
      @Nullable List<State> states,
      @Nullable Settings settings,
      @Nullable JSON raw,
      @Nullable Address address,
      @Nullable Card card,
      @Nullable String network,
      @Nullable List<@Nullable String> networks,
      @Nullable LocalTime wakes,
      @Nullable List<@Nullable AccountId> partners,
      @Nullable Nick nick) {}

  private static final Converter<String, State> STATES =
      Converter.ofNullable(
          String.class,
          State.class,
          text -> State.valueOf(text.toUpperCase(Locale.ROOT)),
          state -> state.name().toLowerCase(Locale.ROOT));

  private static final long serialVersionUID = 1L;

  static final Accounts ACCOUNTS = new Accounts();

  final TableField<Record, AccountId> id =
      column(
          "id",
          SQLDataType.UUID
              .nullable(false)
              .asConvertedDataType(
                  Converter.ofNullable(
                      UUID.class, AccountId.class, AccountId::new, AccountId::value)));
  final TableField<Record, Email> email =
      column(
          "email",
          SQLDataType.CLOB
              .nullable(false)
              .asConvertedDataType(
                  Converter.ofNullable(String.class, Email.class, Email::new, Email::text)));
  final TableField<Record, State> state =
      column("state", SQLDataType.CLOB.asConvertedDataType(STATES));
  final TableField<Record, Plan> plan =
      column("plan", SQLDataType.CLOB.asConvertedDataType(new Plans()));
  final TableField<Record, Instant> opened =
      column(
          "opened",
          SQLDataType.TIMESTAMPWITHTIMEZONE(6)
              .asConvertedDataType(
                  Converter.ofNullable(
                      OffsetDateTime.class,
                      Instant.class,
                      OffsetDateTime::toInstant,
                      time -> time.atOffset(ZoneOffset.UTC))));
  final TableField<Record, Money> balance =
      column(
          "balance",
          SQLDataType.NUMERIC.asConvertedDataType(
              Converter.ofNullable(BigDecimal.class, Money.class, Money::new, Money::amount)));
  final TableField<Record, State[]> states =
      column("states", SQLDataType.CLOB.asConvertedDataType(STATES).array());
  final TableField<Record, Settings> settings =
      column(
          "settings",
          SQLDataType.JSONB.asConvertedDataType(
              Converter.ofNullable(
                  JSONB.class,
                  Settings.class,
                  json -> new Settings(json.data().replaceAll("[^a-z]", "").substring(1)),
                  settings -> JSONB.valueOf("{\"t\": \"" + settings.theme() + "\"}"))));
  final TableField<Record, JSON> raw = column("raw", SQLDataType.JSON);
  final TableField<Record, Address> address =
      column(
          "address",
          DefaultDataType.getDefaultDataType("\"pg_catalog\".\"inet\"")
              .asConvertedDataType(
                  new TextBinding<>(Address.class, "", "::inet", text -> new Address(text))));
  final TableField<Record, Card> card =
      column(
          "card",
          SQLDataType.OTHER.asConvertedDataType(
              new TextBinding<>(Card.class, "", "::macaddr", Card::new) {
                private static final long serialVersionUID = 1L;

                @Override
                Object text(Card value) {
                  return value.text();
                }
              }));
  final TableField<Record, Object> network =
      column("network", DefaultDataType.getDefaultDataType("\"pg_catalog\".\"cidr\""));
  final TableField<Record, LocalTime> wakes = column("wakes", SQLDataType.LOCALTIME);

  private Accounts() {
    super(DSL.name("accounts"), DSL.schema(DSL.name("public")));
    column(
        "nick",
        SQLDataType.OTHER.asConvertedDataType(
            new TextBinding<>(Nick.class, "lower(", ")", Nick::new) {
              private static final long serialVersionUID = 1L;

              @Override
              Object text(Nick value) {
                return value.text().toUpperCase(Locale.ROOT);
              }
            }));
    column("partners", id.getDataType().array());
    column("networks", DefaultDataType.getDefaultDataType("\"pg_catalog\".\"cidr\"").array());
  }

  private <V> TableField<Record, V> column(String name, DataType<V> type) {
    return createField(DSL.name(name), type, this, "");
  }

  static final Repository<Account, AccountId> ROWS =
      Repository.of(ACCOUNTS, Account.class)
          .id(ACCOUNTS.id)
          .unique(ACCOUNTS.email)
          .shared()
          .build();

  static Account account(int number) {
    return new Account(
        new AccountId(new UUID(number * 7919L % 1_000, number)),
        new Email("a" + number + "@\"x\",{}\\"),
        number % 3 == 0 ? null : State.values()[number % 2],
        Plan.values()[number % 2],
        number % 4 == 0 ? null : Instant.parse("2026-11-29T00:00:00Z").plusMillis(number / 2),
        new Money(new BigDecimal(number)),
        List.of(State.CLOSED, State.OPEN),
        new Settings("dark"),
        JSON.json("{\"b\": 1,  \"a\": 2}"),
        new Address("10.0.0.1/24"),
        new Card("08:00:2b:01:02:03"),
        "10.0.0.0/24",
        List.of("10.0.0.0/8", "192.168.0.0/16"),
        LocalTime.of(7, 30, 0, 123_456_000),
        Arrays.asList(new AccountId(new UUID(0, number)), null),
        new Nick("nick"));
  }

  private static final class Plans extends AbstractConverter<String, Plan> {
    private static final long serialVersionUID = 1L;

    Plans() {
      super(String.class, Plan.class);
    }

    @Override
    public Plan from(@Nullable String text) {
      return text == null ? Plan.NONE : Plan.valueOf(text);
    }

    @Override
    public @Nullable String to(Plan plan) {
      return plan == Plan.NONE ? null : plan.name();
    }
  }

  /** As jOOQ's manual writes bindings: a text with a cast around it. */
  private static class TextBinding<V> extends AbstractBinding<Object, V> {
    private static final long serialVersionUID = 1L;
    private final Class<V> type;
    private final String before;
    private final String behind;
    private final Function<String, V> from;

    TextBinding(Class<V> type, String before, String behind, Function<String, V> from) {
      this.type = type;
      this.before = before;
      this.behind = behind;
      this.from = from;
    }

    Object text(V value) {
      return value.toString();
    }

    @Override
    public Converter<Object, V> converter() {
      return Converter.ofNullable(
          Object.class, type, text -> from.apply(text.toString()), this::text);
    }

    @Override
    protected void sqlBind(BindingSQLContext<V> context) {
      context.render().sql(before).sql(context.variable()).sql(behind);
    }

    @Override
    public void set(BindingSetStatementContext<V> context) throws SQLException {
      Object text = context.convert(converter()).value();
      context.statement().setString(context.index(), text == null ? null : text.toString());
    }

    @Override
    public void get(BindingGetResultSetContext<V> context) throws SQLException {
      context.convert(converter()).value(context.resultSet().getString(context.index()));
    }
  }
}
