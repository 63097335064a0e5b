package dev.tenon.timeseries;

import dev.tenon.core.Database;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Samples.Level;
import dev.tenon.timeseries.Samples.Sample;
import dev.tenon.timeseries.Samples.Wide;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jooq.JSONB;

/** What the contracts of every engine share. */
abstract class HypertableContract {

  static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  static final UUID OTHER = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b12");
  static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");
  static final TimeRange DAY = TimeRange.starting(NOON, Duration.ofDays(1));
  static final TimeRange ALWAYS =
      TimeRange.of(Instant.parse("1000-01-01T00:00:00Z"), Instant.parse("9999-12-31T00:00:00Z"));

  static Sample sample(int second, String metric, double value) {
    return new Sample(NOON.plusSeconds(second), metric, 1, value, null);
  }

  /** The chunks of the table samples, quoted, with their schema. */
  static List<String> chunks(TestDatabase testDatabase) {
    try (Database owner = TestSchema.connect(testDatabase, testDatabase.owner())) {
      return owner
          .sql()
          .fetch(
              """
              select c.oid::regclass::text
                from pg_inherits i join pg_class c on c.oid = i.inhrelid
               where i.inhparent = 'samples'::regclass
              """)
          .getValues(0, String.class);
    }
  }

  static Wide wide(String text, BigDecimal exact) {
    return wide(text, exact, JSONB.jsonb("{\"a\": [1, \"ü\"]}"));
  }

  static Wide wide(String text, BigDecimal exact, JSONB document) {
    return new Wide(
        UUID.randomUUID(),
        NOON.plusNanos(123_456_000),
        (short) -3,
        7,
        Long.MAX_VALUE,
        1.5f,
        Math.PI,
        true,
        exact,
        text,
        Level.HIGH,
        new byte[] {0, -1, 127},
        document,
        OffsetDateTime.ofInstant(NOON, ZoneOffset.UTC),
        LocalDateTime.of(2026, 11, 20, 3, 4, 5, 678_000),
        LocalDate.of(1815, 12, 10),
        null,
        null,
        null);
  }
}
