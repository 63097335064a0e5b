package dev.tenon.timeseries;

import dev.tenon.testkit.TenonTest;
import org.junit.jupiter.api.Nested;

@TenonTest(schema = Readings.Fenced.class)
final class FencedRollupTest {

  @Nested
  final class Rollups extends RollupContract {}

  @Nested
  final class Dropping extends RetentionContract {}

  @Nested
  final class Racing extends RetentionRaceContract {}

  @Nested
  final class Keeping extends RollupRetentionContract {}

  @Nested
  final class Steps extends RollupStepContract {}
}
