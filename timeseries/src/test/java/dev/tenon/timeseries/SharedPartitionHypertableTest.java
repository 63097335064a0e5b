package dev.tenon.timeseries;

import dev.tenon.core.Migrations;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.util.List;

@TenonTest(schema = SharedPartitionHypertableTest.Schema.class)
final class SharedPartitionHypertableTest extends SharedHypertableContract {

  static final class Schema implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      return SharedHypertableContract.migrations(Samples.OnPartitions.CAPABILITIES);
    }
  }
}
