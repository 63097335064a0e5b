package dev.tenon.core.outbox;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UuidV7;
import dev.tenon.core.internal.Required;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Something that happened to an aggregate. {@link #of} and {@link #withHeader} check it at once,
 * and {@link Outbox#publish} checks it again. Immutable.
 *
 * @param id its own, by which consumers tell a repetition
 * @param type what happened, such as {@code order.paid}; 1 to 200 characters
 * @param aggregateId to whom; events of one aggregate are delivered in the order in which they were
 *     published. 1 to 500 characters
 * @param version the version of the aggregate that the change made; one event for each
 * @param body JSON text of at most 1 MiB, delivered as it was written
 * @param headers what else travels along, such as a trace; none by default, 65,536 characters
 *     together at most
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

  private static final String OF = "Event.of";
  private static final String WITH_HEADER = "Event.withHeader";

  public Event {
    Required.require(id, "id", "Event");
    Required.require(type, "type", "Event");
    Required.require(aggregateId, "aggregateId", "Event");
    Required.require(body, "body", "Event");
    Required.require(headers, "headers", "Event");
    Required.require(createdAt, "createdAt", "Event");
    Required.require(tenant, "tenant", "Event");
    headers = Map.copyOf(headers);
  }

  /**
   * A new event, made now.
   *
   * @throws InvalidDataException if it cannot be stored
   */
  public static Event of(String type, String aggregateId, long version, String body) {
    return EventChecks.require(
        new Event(
            UuidV7.next(),
            Required.require(type, "type", OF),
            Required.require(aggregateId, "aggregateId", OF),
            version,
            Required.require(body, "body", OF),
            Map.of(),
            Instant.now().truncatedTo(ChronoUnit.MICROS),
            Optional.empty()),
        OF);
  }

  /**
   * A new event of an aggregate that a UUID names.
   *
   * @throws InvalidDataException if it cannot be stored
   */
  public static Event of(String type, UUID aggregateId, long version, String body) {
    Required.require(aggregateId, "aggregateId", OF);
    return of(type, aggregateId.toString(), version, body);
  }

  /**
   * This event with one more header.
   *
   * @throws InvalidDataException if the header cannot be stored
   */
  public Event withHeader(String name, String value) {
    Required.require(name, "name", WITH_HEADER);
    Required.require(value, "value", WITH_HEADER);
    Map<String, String> more = new TreeMap<>(headers);
    more.put(name, value);
    EventChecks.requireHeaders(more, WITH_HEADER);
    return new Event(id, type, aggregateId, version, body, more, createdAt, tenant);
  }

  /** Leaves body and headers out. */
  @Override
  public String toString() {
    return "Event[" + type + ", " + aggregateId + ", version=" + version + ", id=" + id + "]";
  }
}
