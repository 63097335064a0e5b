package dev.tenon.cache;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.core.outbox.Event;
import dev.tenon.core.outbox.Outbox;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Invalidations as events of an outbox, so that they are committed with the change.
 *
 * <p>They need no order: forgetting twice, or late, costs a load. So the aggregate of an event is
 * one of a few into which the keys are divided, and its version a random number: two changes of one
 * key never claim the same version, and while Redis is gone a few aggregates wait, not one for each
 * key.
 */
final class InvalidationEvents {

  static final String TYPE = "cache.invalidated";

  private static final int AGGREGATES = 64;
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final String service;
  private final Optional<Outbox> outbox;

  InvalidationEvents(String service, Optional<Outbox> outbox) {
    this.service = service;
    this.outbox = outbox;
  }

  /** Writes the event where there is an outbox and a transaction to write it in. */
  void publish(Session session, Invalidation key) {
    if (outbox.isPresent() && session instanceof Transaction transaction) {
      outbox.get().publish(transaction, event(key));
    }
  }

  boolean arePublished() {
    return outbox.isPresent();
  }

  Outbox requireOutbox(String where) {
    return outbox.orElseThrow(
        () ->
            new UsageException(
                Problem.what("the cache of " + service + " has no outbox")
                    .where(where)
                    .why("its invalidations are not published")
                    .fix("open it with CacheConfig.Builder.invalidatingThrough(outbox)")));
  }

  /** Whose values events name; the same key once. */
  Set<Invalidation> read(List<Event> events) {
    Set<Invalidation> keys = new LinkedHashSet<>();
    for (Event event : events) {
      keys.add(read(event));
    }
    return keys;
  }

  /** The parts of a key hold no character that JSON escapes. */
  private static Event event(Invalidation key) {
    return Event.of(
        TYPE,
        "cache-" + Math.floorMod(key.subject().hashCode(), AGGREGATES),
        UuidV7.next().getLeastSignificantBits() & Long.MAX_VALUE,
        "{\"service\":\"%s\",\"subject\":\"%s\",%s}"
            .formatted(key.service(), key.subject(), shape(key)));
  }

  private static String shape(Invalidation key) {
    if (key instanceof RedisTag tag) {
      return "\"kept\":" + tag.keptMillis();
    }
    if (key instanceof WrittenKey written) {
      return shape(written.key()) + ",\"written\":\"" + written.token() + "\"";
    }
    return "\"version\":" + ((RedisKey) key).version();
  }

  private Invalidation read(Event event) {
    try {
      JsonNode body = MAPPER.readTree(event.body());
      String subject = body.path("subject").asText();
      int version = body.path("version").asInt();
      long kept = body.path("kept").asLong();
      if (event.type().equals(TYPE)
          && body.path("service").asText().equals(service)
          && (version > 0 || kept > 0)) {
        return version > 0
            ? key(new RedisKey(service, subject, version), body.path("written").asText())
            : new RedisTag(service, subject, kept);
      }
    } catch (JsonProcessingException malformed) {
      throw notOurs(event, malformed);
    }
    throw notOurs(event, null);
  }

  private static Invalidation key(RedisKey key, String written) {
    return written.isEmpty() ? key : new WrittenKey(key, written);
  }

  private InvalidDataException notOurs(Event event, @Nullable Throwable cause) {
    return new InvalidDataException(
        Problem.what(event + " is no invalidation of the cache of " + service)
            .where("the relay of its outbox")
            .why("something else publishes there, or another service does")
            .fix("give the cache of each service an outbox of its own"),
        cause);
  }
}
