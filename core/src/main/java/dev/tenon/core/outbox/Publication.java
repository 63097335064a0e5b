package dev.tenon.core.outbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.internal.MissingMigrations;
import dev.tenon.core.internal.Required;
import dev.tenon.core.internal.StorableTimes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes events, one row for each consumer, and wakes a relay that sleeps.
 *
 * <p>NOTIFY in every transaction would make all commits of the server wait for each other, so it is
 * sent only while a relay holds the watch exclusively, which it does while it sleeps. The lock is
 * shared among publishers until they have committed: a relay cannot fall asleep over an event that
 * is on its way.
 */
final class Publication {

  private static final String PUBLISH = "Outbox.publish";

  static final String CHANNEL = "tenon_outbox";

  /** The key of the advisory lock that a sleeping relay holds. */
  static final long WATCH = 0x74656e6f6e6f7574L;

  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final MissingMigrations PUBLISHING =
      new MissingMigrations(PUBLISH, "Outbox.migrations()");
  private static final String UNIQUE_VIOLATION = "23505";

  private static final String NOTIFY =
      "select pg_notify('"
          + CHANNEL
          + "', '') where not pg_try_advisory_xact_lock_shared("
          + WATCH
          + ")";

  /** One event for one consumer, which costs the server a third less than arrays of one. */
  private static final String INSERT_ONE =
      """
      with published as (
        insert into tenon.outbox_event
          (partition, id, type, aggregate_id, version, body, headers, created_at, queue)
        values (?, ?, ?, ?, ?, ?::json, ?::json, ?, ?))
      """
          + NOTIFY;

  private static final String INSERT =
      """
      with published as (
        insert into tenon.outbox_event
          (queue, partition, id, type, aggregate_id, version, body, headers, created_at)
        select q.queue, e.partition, e.id, e.type, e.aggregate_id, e.version,
               e.body::json, e.headers::json, e.created_at
          from unnest(?::integer[], ?::uuid[], ?::text[], ?::text[], ?::bigint[], ?::text[],
                      ?::text[], ?::timestamptz[]) with ordinality
            as e (partition, id, type, aggregate_id, version, body, headers, created_at, position)
         cross join unnest(?::text[]) as q (queue)
         order by e.position)
      """
          + NOTIFY;

  private final String[] queues;
  private final int partitions;

  Publication(List<String> queues, int partitions) {
    this.queues = queues.toArray(String[]::new);
    this.partitions = partitions;
  }

  void insert(Transaction transaction, List<Event> events) {
    for (Event event : events) {
      EventChecks.require(Required.require(event, "event", PUBLISH), PUBLISH);
    }
    Optional<TenantId> tenant = transaction.tenant();
    boolean single = events.size() == 1 && queues.length == 1;
    try {
      PUBLISHING.explained(
          () ->
              transaction.jdbc(
                  connection ->
                      single
                          ? insertOne(connection, tenant, events.get(0))
                          : insert(connection, tenant, events)));
    } catch (InvalidDataException refused) {
      if (refused.sqlState().filter(UNIQUE_VIOLATION::equals).isPresent()) {
        throw publishedBefore(events, refused);
      }
      throw refused;
    }
  }

  private boolean insertOne(Connection connection, Optional<TenantId> tenant, Event event)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT_ONE)) {
      statement.setInt(1, partition(tenant, event.aggregateId(), partitions));
      statement.setObject(2, event.id());
      statement.setString(3, event.type());
      statement.setString(4, event.aggregateId());
      statement.setLong(5, event.version());
      statement.setString(6, event.body());
      statement.setString(7, json(event.headers()));
      statement.setObject(8, StorableTimes.utc(event.createdAt()));
      statement.setString(9, queues[0]);
      return statement.execute();
    }
  }

  private boolean insert(Connection connection, Optional<TenantId> tenant, List<Event> events)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      Columns columns = new Columns(connection, statement, events);
      columns.bind("integer", event -> partition(tenant, event.aggregateId(), partitions));
      columns.bind("uuid", Event::id);
      columns.bind("text", Event::type);
      columns.bind("text", Event::aggregateId);
      columns.bind("bigint", Event::version);
      columns.bind("text", Event::body);
      columns.bind("text", event -> json(event.headers()));
      columns.bind("timestamptz", event -> StorableTimes.utc(event.createdAt()));
      statement.setArray(columns.next(), connection.createArrayOf("text", queues));
      return statement.execute();
    }
  }

  /** Stable over Java's versions: the hash of text and of UUIDs is specified. */
  static int partition(Optional<TenantId> tenant, String aggregateId, int partitions) {
    int hash = 31 * aggregateId.hashCode() + tenant.map(id -> id.value().hashCode()).orElse(0);
    return Math.floorMod(hash ^ (hash >>> 16), partitions);
  }

  private static @Nullable String json(Map<String, String> headers) {
    if (headers.isEmpty()) {
      return null;
    }
    try {
      return MAPPER.writeValueAsString(headers);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static InvalidDataException publishedBefore(List<Event> events, Throwable cause) {
    String which =
        events.size() == 1
            ? "version "
                + events.get(0).version()
                + " of the aggregate '"
                + Problem.excerpt(events.get(0).aggregateId())
                + "' has an event already"
            : "a version of one of the aggregates " + aggregates(events) + " has an event already";
    return new InvalidDataException(
        Problem.what(which)
            .where(PUBLISH)
            .why("two changes made the same version, or one change published two events")
            .fix("publish once for each version, within the transaction that makes it"),
        cause);
  }

  private static String aggregates(List<Event> events) {
    return Problem.excerpt(
        events.stream().map(Event::aggregateId).distinct().collect(Collectors.joining(", ")));
  }

  /** Binds one array for each column. */
  private static final class Columns {

    private final Connection connection;
    private final PreparedStatement statement;
    private final List<Event> events;
    private int index = 1;

    Columns(Connection connection, PreparedStatement statement, List<Event> events) {
      this.connection = connection;
      this.statement = statement;
      this.events = events;
    }

    void bind(String type, Function<Event, @Nullable Object> value) throws SQLException {
      @Nullable Object[] values = events.stream().map(value).toArray();
      statement.setArray(next(), connection.createArrayOf(type, values));
    }

    int next() {
      return index++;
    }
  }
}
