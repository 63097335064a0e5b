package dev.tenon.examples.quickstart;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Migrations;
import dev.tenon.testkit.TestSchema;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The tables of the quickstart for a test. */
final class QuickstartSchema implements TestSchema {

  private static final Capabilities TIMESCALE =
      new Capabilities(170_000, Map.of("timescaledb", "2"), Optional.of("apache"));

  @Override
  public List<Migrations> migrations() {
    return Schema.migrations(TIMESCALE);
  }

  @Override
  public Set<String> extensions() {
    return Set.of("timescaledb", "vector");
  }
}
