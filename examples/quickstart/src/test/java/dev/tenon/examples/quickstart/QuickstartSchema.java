package dev.tenon.examples.quickstart;

import dev.tenon.core.Migrations;
import dev.tenon.testkit.TestSchema;
import java.util.List;
import java.util.Set;

/** The tables of the quickstart for a test. */
final class QuickstartSchema implements TestSchema {

  @Override
  public List<Migrations> migrations() {
    return Schema.migrations();
  }

  @Override
  public Set<String> extensions() {
    return Set.of("timescaledb", "vector");
  }
}
