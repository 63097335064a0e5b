package dev.tenon.cache;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.outbox.Outbox;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The entities of one cache by their names, and which of them has which outbox. */
final class Entities {

  private final Map<String, EntityCache<?, ?>> all = new ConcurrentHashMap<>();
  private final Map<String, String> outboxes = new ConcurrentHashMap<>();
  private final List<Consumer<EntityCache<?, ?>>> listeners = new ArrayList<>();

  Entities(Optional<Outbox> ofInvalidations) {
    ofInvalidations.ifPresent(outbox -> outboxes.put(outbox.name(), "the cache's invalidations"));
  }

  /**
   * One more.
   *
   * @throws UsageException if its name is taken
   */
  synchronized void add(EntityCache<?, ?> entity) {
    if (all.putIfAbsent(entity.name(), entity) != null) {
      throw new UsageException(
          Problem.what("the entity '" + entity.name() + "' is cached twice")
              .where("Cache.entity")
              .why("two caches of one name would share keys and not invalidations in memory")
              .fix("make it once and hand it on"));
    }
    listeners.forEach(listener -> listener.accept(entity));
  }

  /** Hands over those that there are and will be. */
  synchronized void onEntity(Consumer<EntityCache<?, ?>> listener) {
    all.values().forEach(listener);
    listeners.add(listener);
  }

  /**
   * Gives an entity that is written behind the outbox that its writes wait in.
   *
   * @throws UsageException if something else of this cache has it
   */
  void claim(Outbox outbox, String entity) {
    String other = outboxes.putIfAbsent(outbox.name(), entity);
    if (other != null && !other.equals(entity)) {
      throw new UsageException(
          Problem.what("the outbox " + outbox.name() + " is that of " + other)
              .where("Cache.writeBehind of '" + entity + "'")
              .why("the relay of one would give up the events of the other")
              .fix("build an outbox for each: Outbox.named(\"" + entity + "-writes\")"));
    }
  }

  /** What about their loaders wants attention. */
  List<CacheFinding> findings() {
    return all.values().stream().flatMap(entity -> entity.finding().stream()).toList();
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  void forget(UUID owner) {
    all.values().forEach(entity -> entity.forget(owner));
  }

  void clear() {
    all.values().forEach(EntityCache::clear);
  }

  /** {@code entity:tenant:identifier}, or {@code *:tenant:} for all of a tenant. */
  void heard(String message) {
    String[] parts = message.split(":", -1);
    EntityCache<?, ?> entity = all.get(parts[0]);
    if (parts.length != 3) {
      all.values().forEach(each -> each.heard("", ""));
    } else if (parts[0].equals(TenantSweep.EVERY_ENTITY)) {
      all.values().forEach(each -> each.heardOfTenant(parts[1]));
    } else if (entity != null) {
      entity.heard(parts[1], parts[2]);
    }
  }
}
