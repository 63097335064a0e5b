package dev.tenon.core;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.Catalog;
import org.jooq.DataType;
import org.jooq.EnumType;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Schema;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jooq.impl.DefaultDataType;
import org.jooq.impl.SQLDataType;
import org.jooq.impl.TableImpl;
import org.jspecify.annotations.Nullable;

/** A table with a column of each type, declared by hand and as jOOQ generates it. */
final class Things {

  static final Migrations MIGRATIONS =
      Migrations.named("things")
          .script(
              "V1__things.sql",
              """
              create type public."Mood ""so so\""" as enum ('so-so', 'it''s "fine"', 'a,{b}\\');
              create table public.things (
                id bigint primary key,
                mood public."Mood ""so so\""", size text,
                tags text[], numbers int[], ids uuid[], times timestamptz[], days date[],
                prices numeric[], sizes text[], moods public."Mood ""so so\"""[], flags boolean[],
                doubles double precision[],
                ints int4range, longs int8range, decimals numrange, stay daterange,
                local_span tsrange, span tstzrange,
                took interval, term interval, price numeric(12, 2), at timestamptz,
                details jsonb, extra jsonb, lines jsonb, notes jsonb);
              """);

  /** As jOOQ generates it. */
  enum Mood implements EnumType {
    SO_SO("so-so"),
    FINE("it's \"fine\""),
    ODD("a,{b}\\");

    private final String literal;

    Mood(String literal) {
      this.literal = literal;
    }

    @Override
    public String getLiteral() {
      return literal;
    }

    @Override
    public String getName() {
      return "Mood \"so so\"";
    }

    @Override
    public Schema getSchema() {
      return DSL.schema(DSL.name("public"));
    }

    @Override
    public @Nullable Catalog getCatalog() {
      return null;
    }
  }

  enum Size {
    SMALL,
    LARGE
  }

  record Maker(String name, @Nullable Instant since) {}

  record Details(
      String title,
      @Nullable Maker maker,
      List<String> words,
      BigDecimal weight,
      Duration lasts,
      LocalDate day,
      OffsetDateTime seen) {}

  record Line(String text, int number) {}

  record Thing(
      long id,
      @Nullable Mood mood,
      @Nullable Size size,
      @Nullable List<@Nullable String> tags,
      @Nullable List<@Nullable Integer> numbers,
      @Nullable List<UUID> ids,
      @Nullable List<@Nullable Instant> times,
      @Nullable List<LocalDate> days,
      @Nullable List<BigDecimal> prices,
      @Nullable List<Size> sizes,
      @Nullable List<@Nullable Mood> moods,
      @Nullable List<Boolean> flags,
      @Nullable List<Double> doubles,
      @Nullable Range<Integer> ints,
      @Nullable Range<Long> longs,
      @Nullable Range<BigDecimal> decimals,
      @Nullable Range<LocalDate> stay,
      @Nullable Range<LocalDateTime> localSpan,
      @Nullable Range<Instant> span,
      @Nullable Duration took,
      @Nullable Period term,
      @Nullable BigDecimal price,
      @Nullable OffsetDateTime at,
      @Nullable Details details,
      @Nullable Map<String, Object> extra,
      @Nullable List<Line> lines,
      @Nullable JSONB notes) {}

  static final Table<Record> BY_HAND = DSL.table(DSL.name("things"));
  static final Field<Long> ID = DSL.field(DSL.name("id"), SQLDataType.BIGINT);
  static final Field<Mood> MOOD =
      DSL.field(DSL.name("mood"), SQLDataType.VARCHAR.asEnumDataType(Mood.class));
  static final Field<BigDecimal> PRICE = DSL.field(DSL.name("price"), SQLDataType.NUMERIC(12, 2));
  static final Field<JSONB> DETAILS = DSL.field(DSL.name("details"), SQLDataType.JSONB);

  /** As jOOQ generates it. */
  static final class Generated extends TableImpl<Record> {
    private static final long serialVersionUID = 1L;

    final TableField<Record, Long> id = column("id", SQLDataType.BIGINT.nullable(false));
    final TableField<Record, Mood> mood =
        column("mood", SQLDataType.VARCHAR.asEnumDataType(Mood.class));

    Generated() {
      super(DSL.name("things"), DSL.schema(DSL.name("public")));
      column("size", SQLDataType.CLOB);
      column("tags", SQLDataType.CLOB.array());
      column("numbers", SQLDataType.INTEGER.array());
      column("ids", SQLDataType.UUID.array());
      column("times", SQLDataType.TIMESTAMPWITHTIMEZONE(6).array());
      column("days", SQLDataType.LOCALDATE.array());
      column("prices", SQLDataType.NUMERIC.array());
      column("sizes", SQLDataType.CLOB.array());
      column("moods", SQLDataType.VARCHAR.asEnumDataType(Mood.class).array());
      column("flags", SQLDataType.BOOLEAN.array());
      column("doubles", SQLDataType.DOUBLE.array());
      for (String range :
          List.of("int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange")) {
        column(
            Map.of(
                    "int4range", "ints",
                    "int8range", "longs",
                    "numrange", "decimals",
                    "daterange", "stay",
                    "tsrange", "local_span",
                    "tstzrange", "span")
                .getOrDefault(range, range),
            DefaultDataType.getDefaultDataType("\"pg_catalog\".\"" + range + "\""));
      }
      column("took", SQLDataType.INTERVAL);
      column("term", SQLDataType.INTERVAL);
      column("price", SQLDataType.NUMERIC(12, 2));
      column("at", SQLDataType.TIMESTAMPWITHTIMEZONE(6));
      column("details", SQLDataType.JSONB);
      column("extra", SQLDataType.JSONB);
      column("lines", SQLDataType.JSONB);
      column("notes", SQLDataType.JSONB);
    }

    private <V> TableField<Record, V> column(String name, DataType<V> type) {
      return createField(DSL.name(name), type, this, "");
    }
  }

  static final Generated GENERATED = new Generated();

  static final Repository<Thing, Long> HAND_ROWS =
      Repository.of(BY_HAND, Thing.class).id(ID).shared().build();
  static final Repository<Thing, Long> GENERATED_ROWS =
      Repository.of(GENERATED, Thing.class).id(GENERATED.id).shared().build();

  static Thing blank(long id) {
    return new Thing(
        id, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null, null, null, null, null, null, null, null, null, null, null);
  }

  /** Ordinary values and hostile ones, all of which come back as they went. */
  static List<Thing> hostile() {
    List<@Nullable String> texts =
        Arrays.asList(
            "",
            "NULL",
            "null",
            null,
            "\"",
            "\\",
            "\\\"",
            "{a,b}",
            ",",
            "'; --",
            "\t\r\n",
            "é😀",
            "\\N",
            "\\.",
            "[1,2)",
            " padded ");
    Instant far = Instant.parse("+294276-12-31T23:59:59.999999Z");
    Instant early = Instant.parse("-4711-01-02T03:04:05.000001Z");
    Instant plain = Instant.parse("2026-11-21T12:34:56.123456Z");
    Map<String, Object> extra = new TreeMap<>();
    texts.forEach(text -> extra.put("key " + text, text == null ? List.of(1, true) : text));
    Thing full =
        new Thing(
            1,
            Mood.FINE,
            Size.LARGE,
            texts,
            Arrays.asList(Integer.MIN_VALUE, null, 0, Integer.MAX_VALUE),
            List.of(UUID.fromString("01234567-89ab-7cde-8f01-23456789abcd")),
            Arrays.asList(plain, early, null, far),
            List.of(LocalDate.parse("-4711-01-02"), LocalDate.parse("+5874897-12-31")),
            List.of(new BigDecimal("0.10"), new BigDecimal("-12345678901234567890.5")),
            List.of(Size.SMALL, Size.LARGE),
            Arrays.asList(Mood.ODD, null, Mood.FINE, Mood.SO_SO),
            List.of(true, false),
            List.of(Double.NaN, Double.NEGATIVE_INFINITY, -0.0, Double.MIN_VALUE),
            Range.of(-5, 7),
            Range.from(Long.MIN_VALUE),
            Range.closed(new BigDecimal("0.50"), new BigDecimal("99.9")),
            Range.of(LocalDate.parse("-0001-02-03"), LocalDate.parse("2026-11-21")),
            Range.closed(
                LocalDateTime.parse("2026-11-21T12:00:00"),
                far.atOffset(ZoneOffset.UTC).toLocalDateTime()),
            new Range<>(early, false, plain, true, false),
            Duration.ofHours(-26).minusNanos(1_000),
            Period.of(-1, -2, 3),
            new BigDecimal("9999999999.99"),
            OffsetDateTime.parse("2026-11-21T12:34:56.123456Z"),
            new Details(
                "\"quoted\" \\ {}",
                new Maker("é😀", plain),
                List.of("", "null"),
                new BigDecimal("12345678901234567890.50"),
                Duration.ofMillis(-1),
                LocalDate.EPOCH,
                OffsetDateTime.parse("2026-11-21T12:34:56+05:30")),
            extra,
            List.of(new Line("one\n", 1), new Line("", -1)),
            JSONB.valueOf("{\"a\": [null, \"\\\\u0000 \\\"\"]}"));
    Thing empty =
        new Thing(
            2,
            Mood.ODD,
            Size.SMALL,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            Range.empty(),
            Range.all(),
            Range.until(BigDecimal.ZERO),
            Range.empty(),
            Range.from(LocalDateTime.parse("1969-12-31T23:59:59.5")),
            Range.empty(),
            Duration.ZERO,
            Period.ZERO,
            new BigDecimal("0.00"),
            OffsetDateTime.parse("1970-01-01T00:00:00Z"),
            new Details(
                "",
                null,
                List.of(),
                BigDecimal.ZERO,
                Duration.ZERO,
                LocalDate.EPOCH,
                OffsetDateTime.MIN.withYear(2000)),
            Collections.emptyMap(),
            List.of(),
            JSONB.valueOf("null"));
    return List.of(blank(0), full, empty);
  }

  private Things() {}
}
