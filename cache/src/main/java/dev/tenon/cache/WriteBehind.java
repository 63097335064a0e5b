package dev.tenon.cache;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tenon.cache.PendingWrites.Pending;
import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import dev.tenon.core.internal.Sha256;
import dev.tenon.core.outbox.Event;
import dev.tenon.core.outbox.Outbox;
import dev.tenon.core.outbox.Relay;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Values that are acknowledged when they are committed to PostgreSQL, and written to where they
 * belong later, by a relay: for writers that are slow, or elsewhere.
 *
 * <p>Every process reads the last acknowledged value, whether it is written yet or not, as far as
 * it reads here: the value waits in a table beside its event. Per key, writes happen in the order
 * of the commits, at least once; of values that are put faster than they are written, only the last
 * is written.
 *
 * <p>Made by {@link Cache#writeBehind}. Safe for use by many threads.
 *
 * @param <K> the identifiers
 * @param <V> the values
 */
public final class WriteBehind<K, V> {

  static final String TYPE = "cache.put";

  private static final int LONGEST_AGGREGATE = 300;
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final EntityCache<K, V> entity;
  private final PendingWrites<V> pending;
  private final Outbox outbox;

  WriteBehind(EntityCache<K, V> entity, Codec<V> codec, Outbox outbox) {
    this.entity = entity;
    this.pending = new PendingWrites<>(entity.name(), codec);
    this.outbox = outbox;
  }

  /** Run these as the owner, behind {@link Outbox#migrations()}. */
  public static Migrations migrations() {
    return Migrations.named("write_behind").resource(WriteBehind.class, "V1__write_behind.sql");
  }

  /**
   * Writes a value to where it belongs.
   *
   * @param <K> the identifiers
   * @param <V> the values
   */
  @FunctionalInterface
  public interface Writer<K, V> {

    /**
     * Writes in the transaction that also notes the write as done. What is done elsewhere may
     * happen again, with the same version or a higher one: let it keep the highest.
     *
     * @throws Exception to have it tried again later; other keys go on meanwhile
     */
    void write(Write<K, V> write, Transaction transaction) throws Exception;
  }

  /**
   * What is to be written.
   *
   * @param tenant whose value it is
   * @param value empty where it was removed
   * @param version ascends for each key; not without gaps
   * @param <K> the identifiers
   * @param <V> the values
   */
  public record Write<K, V>(TenantId tenant, K identifier, Optional<V> value, long version) {}

  /**
   * Acknowledges a value when the transaction commits, or at once where the session is none. Three
   * round trips: the lock of the key, the value and its event. Puts of one key wait for each
   * other's commits.
   *
   * @throws UsageException if the session has no tenant, or tables are missing
   * @throws InvalidDataException if the codec refuses the value
   */
  public void put(Session session, K identifier, V value) {
    write(session, identifier, Required.require(value, "value", "WriteBehind.put"));
  }

  /** Like {@link #put}: acknowledges that there is no value any more. */
  public void remove(Session session, K identifier) {
    write(session, identifier, null);
  }

  /**
   * The last acknowledged value, from the cache, from what waits to be written, or else from the
   * loader. In a transaction the cache steps aside, and what it put itself is found.
   *
   * @throws X what the loader throws
   */
  public <X extends Exception> Optional<V> find(
      Session session, K identifier, Loader<? super K, Optional<V>, X> loader) throws X {
    Required.require(loader, "loader", "WriteBehind.find");
    Loader<K, Optional<V>, X> waitingOrLoaded =
        missing -> {
          Place place = place(session, missing);
          Optional<Pending<V>> waiting = pending.find(session, place.tenant(), place.identifier());
          return waiting.isPresent() ? waiting.get().value() : loader.load(missing);
        };
    return entity.find(session, identifier, new Sources.AroundLoader<>(loader, waitingOrLoaded));
  }

  /**
   * Begins the relay that writes. Of the options that it has, {@link Relay.Builder#inSessionOf}
   * runs the writer in sessions of the tenants.
   *
   * @param owner connected as a role that may read all events
   */
  public Relay.Builder relay(Database owner, Writer<K, V> writer) {
    return outbox.relay(owner).named("writes").handler(outbox.consumers().get(0), handler(writer));
  }

  /** The handler of the outbox's consumer, for a relay of the caller's. */
  public Relay.Handler handler(Writer<K, V> writer) {
    Required.require(writer, "writer", "WriteBehind.handler");
    return (event, transaction) -> flush(event, transaction, writer);
  }

  /** What its cache did in this process. */
  public CacheStatistics statistics() {
    return entity.statistics();
  }

  private void write(Session session, K identifier, @Nullable V value) {
    if (session instanceof Transaction transaction) {
      publish(transaction, identifier, value);
    } else {
      session.transaction(transaction -> publish(transaction, identifier, value));
    }
  }

  private void publish(Transaction transaction, K identifier, @Nullable V value) {
    Place place = place(transaction, identifier);
    transaction.lock("tenon.write_behind " + entity.redisKey(transaction, identifier).subject());
    long version = pending.put(transaction, place.tenant(), place.identifier(), value);
    outbox.publish(
        transaction,
        Event.of(
            TYPE,
            aggregate(place.identifier()),
            version,
            "{\"entity\":\"%s\",\"identifier\":\"%s\"}"
                .formatted(entity.name(), place.identifier())));
    entity.invalidate(transaction, identifier);
  }

  /**
   * The last value, whichever event this is: a key that is put all the time would never be written
   * if each event waited for its successor. The row stays where it was put again meanwhile, and no
   * lock is held while the writer works.
   */
  private void flush(Event event, Transaction transaction, Writer<K, V> writer) throws Exception {
    String text = identifier(event);
    TenantId tenant = event.tenant().orElseThrow(() -> notOurs(event, null));
    K identifier =
        entity.identifier(tenant.toString(), text).orElseThrow(() -> notOurs(event, null));
    Optional<Pending<V>> waiting = pending.find(transaction, tenant.value(), text);
    if (waiting.isEmpty()) {
      return;
    }
    long version = waiting.get().version();
    writer.write(new Write<>(tenant, identifier, waiting.get().value(), version), transaction);
    pending.done(transaction, tenant.value(), text, version);
    entity.invalidate(tenant, identifier);
  }

  private String identifier(Event event) {
    try {
      JsonNode body = MAPPER.readTree(event.body());
      if (event.type().equals(TYPE)
          && body.path("entity").asText().equals(entity.name())
          && body.path("identifier").isTextual()) {
        return body.path("identifier").asText();
      }
    } catch (JsonProcessingException malformed) {
      throw notOurs(event, malformed);
    }
    throw notOurs(event, null);
  }

  private InvalidDataException notOurs(Event event, @Nullable Throwable cause) {
    return new InvalidDataException(
        Problem.what(event + " is no write of " + entity.name())
            .where("the relay of its outbox")
            .why("something else publishes there, or another entity does")
            .fix("give each WriteBehind an outbox of its own"),
        cause);
  }

  /** Whose key it is, and its identifier as keys have it: escaped. */
  private record Place(UUID tenant, String identifier) {}

  private Place place(Session session, K identifier) {
    String[] parts = entity.redisKey(session, identifier).subject().split(":", -1);
    return new Place(UUID.fromString(parts[1]), parts[2]);
  }

  /** Names of aggregates are short; two long identifiers have different digests. */
  private static String aggregate(String identifier) {
    return identifier.length() <= LONGEST_AGGREGATE
        ? "=" + identifier
        : "#" + Sha256.hex(identifier);
  }
}
