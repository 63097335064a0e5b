package dev.tenon.timeseries;

import dev.tenon.testkit.TenonTest;
import org.junit.jupiter.api.Nested;

@TenonTest(schema = Readings.OnTimescale.class)
final class TimescaleRollupTest {

  @Nested
  final class Rollups extends RollupContract {}

  @Nested
  final class Reads extends RollupReadContract {}

  @Nested
  final class Telling extends RollupTellingContract {}

  @Nested
  final class Dropping extends RetentionContract {}

  @Nested
  final class Failing extends RollupFailureContract {}

  @Nested
  final class Racing extends RetentionRaceContract {}

  @Nested
  final class Keeping extends RollupRetentionContract {}

  @Nested
  final class Steps extends RollupStepContract {}
}
