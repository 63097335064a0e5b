package dev.tenon.timeseries;

import dev.tenon.testkit.TenonTest;

@TenonTest(schema = Samples.OnTimescale.class)
final class TimescaleHypertableTest extends HypertableContract {

  @Override
  String expectedScript() {
    return Samples.SAMPLES.migrationSql(Samples.OnTimescale.CAPABILITIES);
  }
}
