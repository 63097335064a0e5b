package dev.tenon.examples.quickstart;

import static dev.tenon.examples.quickstart.Schema.HOSTS;
import static dev.tenon.examples.quickstart.Schema.SAMPLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import java.io.StringReader;
import org.junit.jupiter.api.Test;

@TenonTest(schema = QuickstartSchema.class)
class BadInputTest {

  private static final String TWO_LINES =
      """
      time,metric,value,unit
      2026-11-20T16:05:22.106Z,cpu_user,21.4286,percent
      2026-11-20T16:05:23.106Z,cpu_user,18.7845,percent
      """;

  private final Fleet harbor = Fleet.harbor();
  private final Fleet meadow = Fleet.meadow();

  @Test
  void a_tenant_that_is_no_uuid_is_refused(TenantDatabase tenants) {
    assertThatThrownBy(() -> tenants.as("harbor"))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the tenant 'harbor' is not a UUID")
        .hasMessageContaining("fix: ");
  }

  @Test
  void a_file_with_a_malformed_line_is_rejected_whole(TenantDatabase tenants) {
    TenantSession session = withHost(tenants, harbor);
    String malformed = TWO_LINES + "2026-11-20T16:05:24.106Z,cpu_user,a lot,percent\n";

    assertThatThrownBy(() -> load(session, harbor.host().name(), malformed))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("where: day.csv, line 4, column value");
    assertThat(SAMPLES.last(session)).isEmpty();
    assertThat(load(session, harbor.host().name(), TWO_LINES)).isEqualTo(2);
  }

  @Test
  void a_sample_that_is_there_already_rejects_its_whole_batch(TenantDatabase tenants) {
    TenantSession session = withHost(tenants, harbor);
    load(session, harbor.host().name(), TWO_LINES);
    String again =
        TWO_LINES.replace("16:05:22", "16:06:00") + "2026-11-20T16:07:00.106Z,cpu_user,1,percent\n";

    assertThatThrownBy(() -> load(session, harbor.host().name(), again))
        .isInstanceOf(InvalidDataException.class);
    assertThat(SAMPLES.last(session)).extracting(Sample::value).containsExactly(18.7845);
  }

  @Test
  void an_unknown_host_is_named_and_nothing_is_loaded(TenantDatabase tenants) {
    TenantSession session = withHost(tenants, harbor);

    assertThatThrownBy(() -> load(session, "harbor-db-9", TWO_LINES))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("there is no host 'harbor-db-9'")
        .hasMessageContaining("fix: insert the host first");
    assertThat(SAMPLES.last(session)).isEmpty();
  }

  @Test
  void a_host_of_another_tenant_is_unknown(TenantDatabase tenants) {
    TenantSession session = withHost(tenants, harbor);
    withHost(tenants, meadow);

    assertThatThrownBy(() -> load(session, meadow.host().name(), TWO_LINES))
        .isInstanceOf(NotFoundException.class);
  }

  private static TenantSession withHost(TenantDatabase tenants, Fleet fleet) {
    TenantSession session = tenants.as(fleet.tenant());
    HOSTS.insert(session, fleet.host());
    return session;
  }

  private static long load(TenantSession session, String host, String csv) {
    return LoadTelemetry.fromCsv(session, host, "day.csv", new StringReader(csv));
  }
}
