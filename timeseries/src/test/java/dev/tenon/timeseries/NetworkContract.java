package dev.tenon.timeseries;

import static dev.tenon.timeseries.Samples.SAMPLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.RetryableException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Samples.Sample;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.tools.jdbc.SingleConnectionDataSource;
import org.junit.jupiter.api.Test;

/** What an append does to a network and what a network does to it, on every engine. */
abstract class NetworkContract extends HypertableContract {

  @Test
  void an_append_costs_few_round_trips_however_many_rows(TestDatabase made) throws SQLException {
    try (FaultProxy network = network(made);
        Connection connection = connect(made, network)) {
      TenantSession acme = over(connection);
      SAMPLES.append(acme, samples(0, 1));

      assertThat(network.roundTripsDuring(() -> SAMPLES.append(acme, samples(1, 11))))
          .isLessThanOrEqualTo(6);
      assertThat(network.roundTripsDuring(() -> SAMPLES.append(acme, samples(11, 50_000))))
          .isLessThanOrEqualTo(6);
    }
  }

  @Test
  void refusals_before_the_first_byte_cost_no_round_trip(TestDatabase made) throws SQLException {
    try (FaultProxy network = network(made);
        Connection connection = connect(made, network)) {
      TenantSession acme = over(connection);

      assertThat(
              network.roundTripsDuring(
                  () -> {
                    assertThat(SAMPLES.append(acme, Stream.<Sample>empty())).isZero();
                    assertThatThrownBy(() -> SAMPLES.append(acme, Stream.of(sample(0, "cpu\0", 1))))
                        .hasMessageContaining("record 0");
                  }))
          .isZero();
    }
  }

  @Test
  void a_connection_that_is_cut_leaves_nothing(TestDatabase made, TenantDatabase tenants)
      throws SQLException {
    try (FaultProxy network = network(made);
        Connection connection = connect(made, network)) {
      TenantSession acme = over(connection);
      Stream<Sample> samples =
          samples(0, 100_000)
              .peek(
                  sample -> {
                    if (sample.value() == 50_000) {
                      network.disable();
                    }
                  });

      assertThatThrownBy(() -> SAMPLES.append(acme, samples))
          .isInstanceOf(RetryableException.class);
    }
    assertThat(SAMPLES.range(tenants.as(ACME), ALWAYS)).isEmpty();
  }

  private static Stream<Sample> samples(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> sample(i, "cpu", i));
  }

  private static FaultProxy network(TestDatabase made) {
    return FaultProxy.to(made.server());
  }

  private static Connection connect(TestDatabase made, FaultProxy network) throws SQLException {
    return DriverManager.getConnection(
        network.reroute(made.url()), made.application().user(), made.application().password());
  }

  /** Without a pool, which would now and then ask the connection whether it is alive. */
  private static TenantSession over(Connection connection) {
    return TenantDatabase.on(Database.using(new SingleConnectionDataSource(connection))).as(ACME);
  }
}
