package dev.tenon.timeseries;

import dev.tenon.testkit.TenonTest;

@TenonTest(schema = Readings.Fenced.class)
final class FencedRollupTest extends RollupContract {}
