package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.Session;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every type of a field, on the way in by parameter and by COPY, on the way out, in a filter. */
@TenonTest(schema = VectorTypesTest.Everything.class)
class VectorTypesTest {

  enum Level {
    LOW,
    HIGH
  }

  record Item(
      String id,
      @Nullable UUID uuid,
      short small,
      int whole,
      long large,
      float single,
      double twice,
      boolean yes,
      @Nullable Integer maybe,
      @Nullable BigDecimal amount,
      @Nullable Instant instant,
      @Nullable OffsetDateTime offset,
      @Nullable LocalDateTime local,
      @Nullable LocalDate day,
      @Nullable JSONB json,
      @Nullable Level level,
      Embedding embedding) {}

  static final class Everything implements TestSchema {

    static final VectorRepository<Item> REPOSITORY =
        VectorRepository.of("items", Item.class, VectorSpace.cosine(3));

    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("items")
              .script("V1__items.sql", REPOSITORY.tableSql() + TenantTable.rls("items").sql()));
    }
  }

  private static final Item FULL =
      new Item(
          "full",
          UuidV7.next(),
          Short.MIN_VALUE,
          Integer.MAX_VALUE,
          Long.MIN_VALUE,
          Float.MIN_VALUE,
          Math.PI,
          true,
          7,
          new BigDecimal("12345678901234567890.000000000000000001"),
          Instant.parse("2026-11-21T05:00:00.123456Z"),
          OffsetDateTime.parse("2026-11-21T05:00:00Z"),
          LocalDateTime.parse("2026-11-21T05:00:00.000001"),
          LocalDate.parse("0044-03-15"),
          JSONB.valueOf("{\"a\": [1, \"\\\"\"]}"),
          Level.HIGH,
          Embedding.of(1, 2, 3));

  private static final Item EMPTY =
      new Item(
          "",
          null,
          (short) 0,
          0,
          0,
          -0f,
          Double.NEGATIVE_INFINITY,
          false,
          null,
          null,
          null,
          null,
          null,
          null,
          null,
          null,
          Embedding.of(-1, 0, 0));

  @Test
  void crosses_by_parameter(TenantDatabase tenants) {
    Everything.REPOSITORY.upsert(tenants.as(Runbooks.ACME), FULL);
    Everything.REPOSITORY.upsert(tenants.as(Runbooks.ACME), EMPTY);
    assertThat(nearest(tenants)).containsExactly(FULL, EMPTY);
  }

  @Test
  void crosses_by_copy(TenantDatabase tenants) {
    Everything.REPOSITORY.load(tenants.as(Runbooks.ACME), Stream.of(EMPTY, FULL));
    assertThat(nearest(tenants)).containsExactly(FULL, EMPTY);
  }

  @Test
  void times_of_any_year_that_the_server_holds_cross_by_parameter_and_by_copy(
      TenantDatabase tenants) {
    List<Item> edges =
        List.of(
            at("first", LocalDateTime.parse("-4712-11-24T00:00:00")),
            at("caesar", LocalDateTime.parse("-0043-03-15T12:00:00.000001")),
            at("five digits", LocalDateTime.parse("+10000-01-01T00:00:00")),
            at("last", LocalDateTime.parse("+294276-12-31T23:59:59.999999")));
    edges.forEach(item -> Everything.REPOSITORY.upsert(tenants.as(Runbooks.ACME), item));
    Everything.REPOSITORY.load(tenants.as(Runbooks.BOLT), edges.stream());

    assertThat(nearest(tenants.as(Runbooks.ACME))).containsExactlyInAnyOrderElementsOf(edges);
    assertThat(nearest(tenants.as(Runbooks.BOLT))).containsExactlyInAnyOrderElementsOf(edges);
  }

  @Test
  void a_load_refuses_a_time_beyond_the_range_with_its_record_column_and_range(
      TenantDatabase tenants) {
    assertBeyond(tenants, at(OffsetDateTime.MAX.toInstant(), null, null, null), "instant");
    assertBeyond(tenants, at(Instant.MIN, null, null, null), "instant");
    assertBeyond(tenants, at(null, OffsetDateTime.MAX, null, null), "offset");
    assertBeyond(tenants, at(null, null, LocalDateTime.MIN, null), "local");
    assertBeyond(tenants, at(null, null, null, LocalDate.MAX), "day");
    assertThat(nearest(tenants)).isEmpty();
  }

  private static void assertBeyond(TenantDatabase tenants, Item item, String column) {
    assertThatThrownBy(
            () -> Everything.REPOSITORY.load(tenants.as(Runbooks.ACME), Stream.of(FULL, item)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("record 1, column " + column)
        .hasMessageContaining("the column holds -4712-11-24");
  }

  private static Item at(String id, LocalDateTime time) {
    return item(
        id,
        time.toInstant(ZoneOffset.UTC),
        time.atOffset(ZoneOffset.UTC),
        time,
        time.toLocalDate());
  }

  private static Item at(
      @Nullable Instant instant,
      @Nullable OffsetDateTime offset,
      @Nullable LocalDateTime local,
      @Nullable LocalDate day) {
    return item("beyond", instant, offset, local, day);
  }

  private static Item item(
      String id,
      @Nullable Instant instant,
      @Nullable OffsetDateTime offset,
      @Nullable LocalDateTime local,
      @Nullable LocalDate day) {
    return new Item(
        id,
        null,
        (short) 0,
        0,
        0,
        0,
        0,
        false,
        null,
        null,
        instant,
        offset,
        local,
        day,
        null,
        null,
        Embedding.of(1, 2, 3));
  }

  @Test
  void crosses_in_a_filter(TenantDatabase tenants) {
    Everything.REPOSITORY.load(tenants.as(Runbooks.ACME), Stream.of(EMPTY, FULL));
    assertThat(
            Everything.REPOSITORY
                .search(tenants.as(Runbooks.ACME), Embedding.of(1, 2, 3))
                .where(DSL.field(DSL.name("uuid"), SQLDataType.UUID).eq(FULL.uuid()))
                .where(DSL.field(DSL.name("large"), SQLDataType.BIGINT).eq(FULL.large()))
                .where(DSL.field(DSL.name("twice"), SQLDataType.DOUBLE).eq(FULL.twice()))
                .where(DSL.field(DSL.name("yes"), SQLDataType.BOOLEAN).eq(true))
                .where(DSL.field(DSL.name("amount"), BigDecimal.class).eq(FULL.amount()))
                .where(DSL.field(DSL.name("instant"), SQLDataType.INSTANT).eq(FULL.instant()))
                .where(DSL.field(DSL.name("offset"), OffsetDateTime.class).eq(FULL.offset()))
                .where(DSL.field(DSL.name("local"), LocalDateTime.class).eq(FULL.local()))
                .where(DSL.field(DSL.name("day"), LocalDate.class).eq(FULL.day()))
                .where(DSL.field(DSL.name("json"), SQLDataType.JSONB).eq(FULL.json()))
                .where(
                    DSL.field(DSL.name("small"), SQLDataType.SMALLINT).in((short) 1, FULL.small()))
                .fetch()
                .records())
        .containsExactly(FULL);
  }

  private static List<Item> nearest(TenantDatabase tenants) {
    return nearest(tenants.as(Runbooks.ACME));
  }

  private static List<Item> nearest(Session session) {
    return Everything.REPOSITORY.search(session, Embedding.of(1, 2, 3)).fetch().records();
  }
}
