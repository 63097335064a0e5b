package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StormBenchmarkTest {

  @Test
  void the_other_tenant_finds_its_host_in_every_weather() throws Exception {
    try (Stage stage = Stage.build(HostTables::build, 1_000)) {
      for (StormBenchmark.Weather weather :
          List.of(
              new StormBenchmark.Calm(),
              new StormBenchmark.Limited(),
              new StormBenchmark.Unlimited())) {
        weather.open(stage.coordinates());
        try {
          assertThat(StormBenchmark.ask(weather)).isOne();
        } finally {
          weather.close();
        }
      }
    }
  }
}
