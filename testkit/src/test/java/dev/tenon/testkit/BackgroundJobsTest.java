package dev.tenon.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

@TenonTest(schema = BackgroundJobsTest.Timescale.class, backgroundJobs = true)
class BackgroundJobsTest {

  static final class Timescale implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      return List.of();
    }

    @Override
    public Set<String> extensions() {
      return Set.of("timescaledb");
    }
  }

  @Test
  void runs_on_a_server_with_background_workers(Database database) {
    assertThat(
            database
                .sql()
                .fetchValue(
                    "select current_setting('timescaledb.max_background_workers')::int > 0"))
        .isEqualTo(true);
  }
}
