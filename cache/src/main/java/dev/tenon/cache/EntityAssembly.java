package dev.tenon.cache;

import dev.tenon.cache.internal.RedisLink;

/** Puts the parts of one entity's cache together around those that the entities share. */
final class EntityAssembly {

  private final CacheConfig config;
  private final RedisLink link;
  private final Fence fence;
  private final PendingInvalidations pending;
  private final InvalidationEvents events;
  private final Background background;
  private final RemoteLevel remote;
  private final RemoteFills fills;

  EntityAssembly(
      CacheConfig config,
      RedisLink link,
      Fence fence,
      PendingInvalidations pending,
      Announcer announcer,
      InvalidationEvents events,
      Background background) {
    this.config = config;
    this.link = link;
    this.fence = fence;
    this.pending = pending;
    this.events = events;
    this.background = background;
    this.remote = new RemoteLevel(link, pending, announcer, config);
    this.fills = new RemoteFills(link, pending, config.lease());
  }

  <K, V> EntityCache<K, V> entity(
      String name, Class<K> identifier, Codec<V> codec, CachePolicy given) {
    KeyFormat<K> keys =
        new KeyFormat<>(
            config.service(),
            KeyFormat.requireName("Cache.entity", name),
            given,
            IdentifierFormat.of(identifier));
    CachePolicy policy = given.checked();
    Counters counters = new Counters();
    LocalLevel<K, V> local = new LocalLevel<>(fence, policy, identifier);
    TagTimes tags = new TagTimes(link, keys, pending, fence, policy, config.cluster());
    StoredValues<V> values =
        new StoredValues<>(codec, policy, tags, counters, new UnkeptValues(name));
    SlowLoads slow = new SlowLoads(name, config.lease());
    Fills<K, V> kept =
        new Fills<>(local, fills, values, policy, counters, tags, slow, config.loadWait());
    Loads<K, V> loads = new Loads<>(name, kept, policy, counters, background, config.lease());
    ReadThrough<K, V> readThrough =
        new ReadThrough<>(
            name,
            keys,
            local,
            remote,
            tags,
            loads,
            kept,
            values,
            counters,
            policy,
            config.loadWait());
    return new EntityCache<>(
        name,
        policy,
        keys,
        local,
        tags,
        new EntityInvalidations<>(keys, local, tags, pending, events),
        counters,
        slow,
        loads,
        readThrough,
        new BulkRead<>(
            keys, local, remote, tags, readThrough, loads, kept, values, policy, counters),
        new Writing<>(keys, local, remote, fills, pending, values, tags, policy, events));
  }
}
