package dev.tenon.core.outbox;

import dev.tenon.core.TenantId;
import dev.tenon.core.UuidV7;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Something that happened to an aggregate. Checked when it is published. Immutable.
 *
 * @param id its own, by which consumers tell a repetition
 * @param type what happened, such as {@code order.paid}; 1 to 200 characters
 * @param aggregateId to whom; events of one aggregate are delivered in the order in which they were
 *     published. 1 to 500 characters
 * @param version the version of the aggregate that the change made; one event for each
 * @param body JSON text of at most 1 MiB, delivered as it was written
 * @param headers what else travels along, such as a trace; none by default
 * @param createdAt when it was made
 * @param tenant of the session that published it; empty before, and where that had none
 */
public record Event(
    UUID id,
    String type,
    String aggregateId,
    long version,
    String body,
    Map<String, String> headers,
    Instant createdAt,
    Optional<TenantId> tenant) {

  public Event {
    headers = Map.copyOf(headers);
  }

  /** A new event, made now. */
  public static Event of(String type, String aggregateId, long version, String body) {
    return new Event(
        UuidV7.next(),
        type,
        aggregateId,
        version,
        body,
        Map.of(),
        Instant.now().truncatedTo(ChronoUnit.MICROS),
        Optional.empty());
  }

  /** A new event of an aggregate that a UUID names. */
  public static Event of(String type, UUID aggregateId, long version, String body) {
    return of(type, aggregateId.toString(), version, body);
  }

  /** This event with one more header. */
  public Event withHeader(String name, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(name, value);
    return new Event(id, type, aggregateId, version, body, more, createdAt, tenant);
  }

  /** Leaves body and headers out. */
  @Override
  public String toString() {
    return "Event[" + type + ", " + aggregateId + ", version=" + version + ", id=" + id + "]";
  }
}
