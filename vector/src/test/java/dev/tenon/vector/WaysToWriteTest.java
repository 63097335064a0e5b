package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.EnumType;
import org.jooq.JSONB;
import org.jooq.Schema;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A row is the same however it was written. */
@TenonTest(schema = WaysToWriteTest.EveryType.class)
final class WaysToWriteTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  /** A text in the table, by another name than the constant's. */
  enum Severity implements EnumType {
    HIGH("high");

    private final String literal;

    Severity(String literal) {
      this.literal = literal;
    }

    @Override
    public String getLiteral() {
      return literal;
    }

    @Override
    public @Nullable Schema getSchema() {
      return null;
    }

    @Override
    @SuppressWarnings("NullAway") // jOOQ's own say null for no type.
    public String getName() {
      return null;
    }
  }

  /** A type of the database. */
  enum State implements EnumType {
    OPEN("o'pen");

    private final String literal;

    State(String literal) {
      this.literal = literal;
    }

    @Override
    public String getLiteral() {
      return literal;
    }

    @Override
    public @Nullable Schema getSchema() {
      return null;
    }

    @Override
    public String getName() {
      return "state";
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // It is written, and not compared.
  record Row(
      int id,
      String text,
      Severity severity,
      State state,
      boolean flag,
      long count,
      double ratio,
      BigDecimal amount,
      UUID reference,
      Instant instant,
      OffsetDateTime zoned,
      LocalDateTime local,
      LocalDate day,
      LocalTime time,
      byte[] bytes,
      @Nullable JSONB document,
      Embedding embedding) {}

  private static final VectorRepository<Row> ROWS =
      VectorRepository.of("ways", Row.class, VectorSpace.l2(3));

  static final class EveryType implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("ways")
              .script(
                  "V1__ways.sql",
                  "create type state as enum ('o''pen');\n"
                      + ROWS.tableSql()
                      + TenantTable.rls("ways").sql()));
    }
  }

  private static Row row(int id, @Nullable JSONB document) {
    // Half a microsecond, which is rounded.
    Instant instant = Instant.parse("1969-07-20T20:17:40.0000005Z");
    return new Row(
        id,
        "o'\"\\ \u00e9 \uD83D\uDE00 {}",
        Severity.HIGH,
        State.OPEN,
        true,
        Long.MIN_VALUE,
        -0.0,
        new BigDecimal("1E-7"),
        ACME,
        instant,
        OffsetDateTime.parse("0001-01-01T00:00:00.0000015+01:00"),
        LocalDateTime.parse("-0044-03-15T12:00:00.9999995"),
        LocalDate.parse("-0044-02-29"),
        LocalTime.parse("23:59:59.999999500"),
        new byte[] {0, 39, 92},
        document,
        Embedding.of(1, 2, 3));
  }

  @Test
  void every_type_is_stored_alike_by_all_of_them(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    JSONB document = JSONB.valueOf("{\"a\": [1, null]}");
    ROWS.upsert(acme, row(1, document));
    ROWS.load(acme, Stream.of(row(2, document)));
    ROWS.upsertAll(acme, List.of(row(3, document)));
    assertThat(acme.sql().fetch("select distinct to_jsonb(w) - 'id' from ways w")).hasSize(1);
    assertThat(ROWS.search(acme, new float[] {1, 2, 3}).exact().fetch().records())
        .extracting(Row::state)
        .containsOnly(State.OPEN)
        .hasSize(3);
  }

  @Test
  void a_document_that_cannot_be_stored_is_refused_alike(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    for (String broken : List.of("{\"a\": \"\\u0000\"}", "\"\uD83D\"")) {
      Row bad = row(1, JSONB.valueOf(broken));
      assertThatThrownBy(() -> ROWS.load(acme, Stream.of(row(2, null), bad)))
          .as(broken)
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("record 1, column document");
      assertThatThrownBy(() -> ROWS.upsertAll(acme, List.of(bad)))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("record 0, column document");
    }
  }

  @Test
  void a_document_that_is_no_json_is_refused_with_its_position(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    for (String broken : List.of("{\"a\": ", "", "{a: 1}", "[1,]", "nul", "{} {}", "1e200000")) {
      Row bad = row(1_500, JSONB.valueOf(broken));
      List<Row> rows = new ArrayList<>();
      IntStream.range(0, 2_500)
          .forEach(i -> rows.add(i == 1_500 ? bad : row(i, JSONB.valueOf("[" + i + "]"))));
      assertThatThrownBy(() -> ROWS.load(acme, rows.stream()))
          .as(broken)
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("ways.load, record 1500, column document");
      Collections.reverse(rows);
      assertThatThrownBy(() -> ROWS.upsertAll(acme, rows))
          .as(broken)
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("ways.upsertAll, record 999, column document");
      assertThatThrownBy(() -> ROWS.upsert(acme, bad))
          .as(broken)
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("ways.upsert, column document");
    }
    assertThat(acme.sql().fetchCount(DSL.table("ways"))).isZero();
  }

  @Test
  void those_who_write_the_same_rows_at_once_do_not_deadlock(TenantDatabase tenants)
      throws Exception {
    TenantSession acme = tenants.as(ACME);
    List<Row> rows = IntStream.range(0, 300).mapToObj(i -> row(i, null)).toList();
    List<Callable<Long>> writers = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      List<Row> order = new ArrayList<>(rows);
      if (i % 2 == 1) {
        Collections.reverse(order);
      }
      writers.add(() -> ROWS.upsertAll(acme, order));
    }
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (Future<Long> writer : threads.invokeAll(writers)) {
        assertThat(writer.get()).isEqualTo(300);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
