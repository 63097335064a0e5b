package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A value is the same in its column however it came in: alone, in an array, or through COPY. */
class BulkTypesTest {

  private static final Table<Record> THINGS = DSL.table(DSL.name("things"));
  private static final Field<Long> ID = DSL.field(DSL.name("id"), SQLDataType.BIGINT);

  private static final Migrations MIGRATIONS =
      Migrations.named("things")
          .script(
              "V1__things.sql",
              """
              create table public.things (
                id bigint primary key, text text, number numeric, whole int, small smallint,
                precise double precision, rough real, sure boolean, bytes bytea,
                instant timestamptz, zoned timestamptz, local timestamp, day date, json jsonb,
                size text);
              """);

  enum Size {
    SMALL {
      @Override
      public String toString() {
        return "tiny";
      }
    }
  }

  @SuppressWarnings("ArrayRecordComponent")
  record Thing(
      long id,
      @Nullable String text,
      @Nullable BigDecimal number,
      @Nullable Integer whole,
      @Nullable Short small,
      @Nullable Double precise,
      @Nullable Float rough,
      @Nullable Boolean sure,
      byte @Nullable [] bytes,
      @Nullable Instant instant,
      @Nullable OffsetDateTime zoned,
      @Nullable LocalDateTime local,
      @Nullable LocalDate day,
      @Nullable JSONB json,
      @Nullable Size size) {}

  private static final Repository<Thing, Long> ROWS =
      Repository.of(THINGS, Thing.class).id(ID).shared().build();

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(MIGRATIONS);

  @Test
  void a_value_is_the_same_however_it_came_in() {
    List<Thing> things = things(0);
    things.forEach(thing -> ROWS.insert(database.get(), thing));
    String alone = stored();
    database.get().sql().execute("truncate things");
    ROWS.insertAll(database.get(), things);
    assertThat(stored()).isEqualTo(alone);
    List<Thing> blank = LongStream.range(0, 10_000).mapToObj(id -> blank(10_000 + id)).toList();
    database.get().sql().execute("truncate things");
    ROWS.insertAll(database.get(), Stream.concat(things.stream(), blank.stream()).toList());
    database.get().sql().execute("delete from things where id >= 10000");
    assertThat(stored()).isEqualTo(alone);
  }

  private String stored() {
    return database
        .get()
        .sql()
        .fetchValue("select string_agg(t::text, e'\\n' order by id) from things t")
        .toString();
  }

  private static List<Thing> things(long first) {
    List<Instant> times =
        List.of(
            Instant.parse("2026-11-21T12:34:56.123456789Z"),
            Instant.parse("1999-12-31T23:59:59.999999500Z"),
            Instant.parse("-0001-12-31T23:59:59.9999997Z"),
            Instant.parse("0099-02-03T04:05:06Z"),
            Instant.parse("-4711-01-02T03:04:05.000001Z"),
            Instant.parse("+12026-11-21T12:34:56Z"),
            Instant.parse("+294276-12-31T23:59:59.999999Z"));
    List<String> texts =
        Arrays.asList("", "NULL", "\\N", "\\.", "{\"a\",b}\\", "\t\r\n\b", "'; --", "😀 日本");
    List<Thing> things = new ArrayList<>(List.of(blank(first)));
    for (int i = 0; i < texts.size(); i++) {
      Instant time = times.get(i % times.size());
      LocalDateTime local = LocalDateTime.ofInstant(time, ZoneOffset.UTC);
      things.add(
          new Thing(
              first + 1 + i,
              texts.get(i),
              new BigDecimal(List.of("1E+3", "-0.001", "12345678901234567890.5").get(i % 3)),
              Integer.MIN_VALUE + i,
              (short) -i,
              List.of(Double.NaN, Double.NEGATIVE_INFINITY, 0.1, Double.MIN_VALUE).get(i % 4),
              List.of(Float.NaN, -0.0f, 1e-30f).get(i % 3),
              i % 2 == 0,
              new byte[] {0, (byte) i, -1, '\\', '"'},
              time,
              time.atOffset(ZoneOffset.ofHours(i)),
              local,
              local.toLocalDate(),
              JSONB.valueOf("{\"a\\\"\": [" + i + ", null, \"\\\\\"]}"),
              Size.SMALL));
    }
    return things;
  }

  private static Thing blank(long id) {
    return new Thing(
        id, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
  }
}
