package dev.tenon.timeseries;

import dev.tenon.core.Migrations;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.util.List;

@TenonTest(schema = FencedPartitionHypertableTest.Schema.class)
final class FencedPartitionHypertableTest extends FencedHypertableContract {

  static final class Schema implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      return FencedHypertableContract.migrations(Samples.OnPartitions.CAPABILITIES);
    }
  }
}
