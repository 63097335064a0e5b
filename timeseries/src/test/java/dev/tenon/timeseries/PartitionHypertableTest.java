package dev.tenon.timeseries;

import dev.tenon.testkit.TenonTest;

@TenonTest(schema = Samples.OnPartitions.class)
final class PartitionHypertableTest extends HypertableContract {

  @Override
  String expectedScript() {
    return Samples.SAMPLES.migrationSql(Samples.OnPartitions.CAPABILITIES);
  }
}
