package dev.tenon.timeseries;

import java.time.Instant;
import org.jooq.Record;
import org.jooq.impl.DSL;

/**
 * A part of a hypertable, which holds the rows of all tenants in a range of time.
 *
 * @param schema where its table is, closed to applications
 * @param name of its table
 * @param from the first instant that it may hold
 * @param to the first instant after it
 */
public record Chunk(String schema, String name, Instant from, Instant to) {

  static Chunk of(Record row) {
    return new Chunk(
        row.get(0, String.class),
        row.get(1, String.class),
        row.get(2, Instant.class),
        row.get(3, Instant.class));
  }

  /** Its table, the schema in front, quoted. */
  String quoted() {
    return Hypertable.quote(DSL.name(schema, name));
  }
}
