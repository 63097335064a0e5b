package dev.tenon.timeseries;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Field;
import org.jooq.Record1;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the server ends a bucket, in years whose clocks both sides know. */
@TenonTest(schema = Samples.OnPartitions.class)
final class BucketEndTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Africa/Cairo",
        "America/Sao_Paulo",
        "America/Santiago",
        "Asia/Beirut",
        "Europe/Berlin",
        "America/New_York",
        "UTC"
      })
  void is_where_java_ends_it(ZoneId zone, TenantDatabase tenants) {
    TenantSession acme = tenants.as(HypertableContract.ACME);
    for (Bucket bucket :
        List.of(Bucket.day(zone), Bucket.week(zone), Bucket.month(zone), Bucket.year(zone))) {
      List<Instant> starts = new ArrayList<>();
      for (String year : List.of("2018", "2024")) {
        Instant first = Instant.parse(year + "-01-02T12:00:00Z");
        for (int day = 0; day < 366; day++) {
          starts.add(bucket.startOf(first.plus(Duration.ofDays(day))));
        }
      }
      Field<Instant> start = DSL.field(DSL.name("start"), SQLDataType.INSTANT);
      List<Instant> ends =
          acme.sql()
              .select(BucketFields.next(bucket, start))
              .from(
                  DSL.unnest(starts.toArray(Instant[]::new))
                      .as(DSL.name("starts"), DSL.name("start")))
              .fetch(Record1::value1);
      assertThat(ends).as("%s", bucket).isEqualTo(starts.stream().map(bucket::next).toList());
    }
  }
}
