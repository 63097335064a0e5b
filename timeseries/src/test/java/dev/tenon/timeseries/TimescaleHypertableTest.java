package dev.tenon.timeseries;

import static dev.tenon.timeseries.Samples.SAMPLES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Database;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Samples.OnTimescale.class)
final class TimescaleHypertableTest extends HypertableContract {

  @Nested
  final class Appends extends AppendContract {}

  @Nested
  final class Networks extends NetworkContract {}

  @Nested
  final class Reads extends ReadContract {}

  @Nested
  final class Buckets extends BucketContract {}

  @Nested
  final class Times extends TimesContract {}

  @Nested
  final class Tenants extends TenantContract {
    @Override
    boolean namesTenantsInChanges(Capabilities server) {
      String version = String.valueOf(server.extensions().get("timescaledb"));
      return Integer.parseInt(version.split("\\.", -1)[1]) >= 29;
    }
  }

  @Test
  void emits_the_script_for_the_server_at_hand(TestDatabase testDatabase) {
    try (Database owner = TestSchema.connect(testDatabase, testDatabase.owner())) {
      assertThat(SAMPLES.migrationSql(owner.capabilities()))
          .isEqualTo(SAMPLES.migrationSql(Samples.OnTimescale.CAPABILITIES));
    }
  }
}
