package dev.tenon.examples.quickstart;

import static dev.tenon.examples.quickstart.Schema.HOSTS;
import static dev.tenon.examples.quickstart.Schema.NAME;
import static dev.tenon.examples.quickstart.Schema.SAMPLES;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.Page;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import java.io.Reader;
import java.util.List;

/** Writes telemetry of a host, all of it or nothing. */
final class LoadTelemetry {

  private LoadTelemetry() {}

  /**
   * Reads a CSV file and writes it.
   *
   * @param file what errors call the file
   * @throws dev.tenon.core.InvalidDataException if a line is malformed
   * @throws NotFoundException if the tenant has no host of this name
   */
  static long fromCsv(Session session, String hostName, String file, Reader csv) {
    return append(session, hostName, TelemetryFile.read(file, csv));
  }

  /**
   * Writes readings.
   *
   * @return how many
   * @throws NotFoundException if the tenant has no host of this name
   */
  static long append(Session session, String hostName, List<Reading> readings) {
    Host host = hostNamed(session, hostName);
    return SAMPLES.append(
        session,
        readings.stream()
            .map(r -> new Sample(host.id(), r.metric(), r.time(), r.value(), r.unit())));
  }

  private static Host hostNamed(Session session, String name) {
    return HOSTS.page(session, Page.Request.of(1).where(NAME.eq(name))).rows().stream()
        .findFirst()
        .orElseThrow(
            () ->
                new NotFoundException(
                    Problem.what("there is no host '" + Problem.excerpt(name) + "'")
                        .where("LoadTelemetry")
                        .why("its name is misspelt, or it belongs to another tenant")
                        .fix("insert the host first, or correct the name")));
  }
}
