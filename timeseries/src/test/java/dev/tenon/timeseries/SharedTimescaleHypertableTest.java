package dev.tenon.timeseries;

import dev.tenon.core.Migrations;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.util.List;
import java.util.Set;

@TenonTest(schema = SharedTimescaleHypertableTest.Schema.class)
final class SharedTimescaleHypertableTest extends SharedHypertableContract {

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("timescaledb");
    }

    @Override
    public List<Migrations> migrations() {
      return SharedHypertableContract.migrations(Samples.OnTimescale.CAPABILITIES);
    }
  }
}
