package dev.tenon.examples.benchmarks;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.timeseries.Bucket;
import dev.tenon.timeseries.HypertableBuilder;
import dev.tenon.timeseries.HypertableRepository;
import dev.tenon.timeseries.Rollup;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jooq.Field;

/** Tables of {@link CpuUsage}, cut by day, with the key of tenant, host and time as only index. */
final class CpuTable {

  static final String TENANT = "0191f6c0-0000-7000-8000-00000000000e";

  /** The components that are numbers, in the order of TSBS. */
  static final List<String> METRICS =
      List.of(
          "usageUser",
          "usageSystem",
          "usageIdle",
          "usageNice",
          "usageIowait",
          "usageIrq",
          "usageSoftirq",
          "usageSteal",
          "usageGuest",
          "usageGuestNice");

  static final String COLUMNS =
      "tenant_id, time, hostname, "
          + METRICS.stream().map(CpuTable::columnOf).collect(Collectors.joining(", "));

  static final HypertableRepository<CpuUsage> PLAIN = table("cpu").build();

  /** The same columns and the same key, and no policy. */
  static final HypertableRepository<OwnedCpuUsage> SHARED =
      HypertableRepository.of("cpu_shared", OwnedCpuUsage.class)
          .shared()
          .time("time")
          .series("tenantId", "hostname")
          .chunkInterval(Duration.ofDays(1))
          .build();

  /** The same with a rollup, to which each append tells what it changes. */
  static final HypertableRepository<CpuUsage> TELLING =
      table("cpu_telling").rollups(hourly("cpu_telling_hourly")).build();

  static final Rollup HOURLY = hourly("cpu_hourly");
  static final Rollup DAILY = HOURLY.into("cpu_daily", Bucket.day(ZoneOffset.UTC));

  /** What is asked for buckets. */
  static final HypertableRepository<CpuUsage> ASKED = table("cpu").rollups(HOURLY, DAILY).build();

  private CpuTable() {}

  private static HypertableBuilder<CpuUsage> table(String name) {
    return HypertableRepository.of(name, CpuUsage.class)
        .time("time")
        .series("hostname")
        .chunkInterval(Duration.ofDays(1));
  }

  private static Rollup hourly(String name) {
    Rollup rollup = Rollup.of(name, Bucket.every(Duration.ofHours(1)));
    for (String metric : METRICS) {
      rollup = rollup.avg(metric).max(metric);
    }
    return rollup;
  }

  static String columnOf(String metric) {
    return metric.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  /** The first of the metrics. */
  static List<Field<Double>> metrics(int count) {
    return METRICS.subList(0, count).stream()
        .map(metric -> ASKED.column(metric, Double.class))
        .toList();
  }

  private static TenantTable isolation(HypertableRepository<?> table, String name) {
    return table == SHARED ? TenantTable.shared("public", name) : TenantTable.rls("public", name);
  }

  /** The table with its policies. */
  static Migrations migration(HypertableRepository<?> table, Capabilities capabilities) {
    String name = table.tables().get(0);
    String policies =
        table.tables().stream()
            .map(each -> isolation(table, each).sql())
            .collect(Collectors.joining("\n"));
    return Migrations.named(name)
        .script("V1__" + name + ".sql", table.migrationSql(capabilities) + policies);
  }
}
