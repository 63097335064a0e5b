package dev.tenon.core.outbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tenon.core.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An event as it waits in a queue.
 *
 * @param place where the row lies in its table
 * @param attempts how often it failed
 * @param blocked whether an event before it failed, which is not due yet
 */
record Row(
    String place,
    int partition,
    long sequence,
    UUID tenantId,
    Event event,
    int attempts,
    boolean blocked) {

  static final UUID NOBODY = new UUID(0, 0);

  static final String COLUMNS =
      """
      e.id, e.type, e.aggregate_id, e.version, e.body, e.headers, e.created_at, e.tenant_id
      """;

  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final TypeReference<Map<String, String>> HEADERS = new TypeReference<>() {};

  static Row read(ResultSet row) throws SQLException {
    return new Row(
        row.getString("place"),
        row.getInt("partition"),
        row.getLong("sequence"),
        row.getObject("tenant_id", UUID.class),
        event(row),
        row.getInt("attempts"),
        row.getBoolean("blocked"));
  }

  static Event event(ResultSet row) throws SQLException {
    return new Event(
        row.getObject("id", UUID.class),
        row.getString("type"),
        row.getString("aggregate_id"),
        row.getLong("version"),
        row.getString("body"),
        headers(row.getString("headers")),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        tenant(row.getObject("tenant_id", UUID.class)));
  }

  static Optional<TenantId> tenant(UUID stored) {
    return stored.equals(NOBODY) ? Optional.empty() : Optional.of(new TenantId(stored));
  }

  Aggregate aggregate() {
    return new Aggregate(tenantId, event.aggregateId());
  }

  /**
   * Headers that somebody wrote past Tenon may be no texts; the event is delivered all the same.
   */
  private static Map<String, String> headers(@Nullable String json) {
    if (json == null) {
      return Map.of();
    }
    try {
      Map<String, String> headers = MAPPER.readValue(json, HEADERS);
      return headers == null || headers.values().stream().anyMatch(Objects::isNull)
          ? Map.of()
          : headers;
    } catch (JsonProcessingException notTexts) {
      return Map.of();
    }
  }

  /** Whose events are delivered in order. */
  record Aggregate(UUID tenantId, String id) {}
}
