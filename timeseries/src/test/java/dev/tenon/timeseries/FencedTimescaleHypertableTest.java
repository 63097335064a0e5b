package dev.tenon.timeseries;

import dev.tenon.core.Migrations;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.util.List;
import java.util.Set;

@TenonTest(schema = FencedTimescaleHypertableTest.Schema.class)
final class FencedTimescaleHypertableTest extends FencedHypertableContract {

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("timescaledb");
    }

    @Override
    public List<Migrations> migrations() {
      return FencedHypertableContract.migrations(Samples.OnTimescale.CAPABILITIES);
    }
  }
}
