package dev.tenon.cache;

import dev.tenon.cache.Loads.Answer;
import dev.tenon.cache.Loads.Task;
import dev.tenon.cache.LocalLevel.Held;
import dev.tenon.cache.RemoteAnswer.Found;
import dev.tenon.cache.RemoteAnswer.Lease;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads many keys at once: memory, one MGET, the leases of what is missing together, one call of
 * the loader, and the fills together.
 *
 * <p>What another thread or process loads at that time is waited for as {@link ReadThrough} does,
 * behind what this one loads itself: so two of them never wait for each other.
 */
final class BulkRead<K, V> {

  private final KeyFormat<K> keys;
  private final LocalLevel<K, V> local;
  private final RemoteLevel remote;
  private final TagTimes tags;
  private final ReadThrough<K, V> readThrough;
  private final Loads<K, V> loads;
  private final Patience patience;
  private final Fills<K, V> fills;
  private final BulkLoads<K, V> bulk;
  private final StoredValues<V> values;
  private final CachePolicy policy;
  private final Counters counters;

  BulkRead(
      KeyFormat<K> keys,
      LocalLevel<K, V> local,
      RemoteLevel remote,
      TagTimes tags,
      ReadThrough<K, V> readThrough,
      Loads<K, V> loads,
      Fills<K, V> fills,
      StoredValues<V> values,
      CachePolicy policy,
      Counters counters) {
    this.keys = keys;
    this.local = local;
    this.remote = remote;
    this.tags = tags;
    this.readThrough = readThrough;
    this.loads = loads;
    this.patience = loads.patience();
    this.fills = fills;
    this.bulk = new BulkLoads<>(loads, fills, policy, counters);
    this.values = values;
    this.policy = policy;
    this.counters = counters;
  }

  /** The values that there are, in the order in which they were asked for. */
  <X extends Exception> Map<K, V> read(
      UUID owner, Collection<? extends K> identifiers, BulkLoader<K, V, X> loader) throws X {
    Map<K, @Nullable V> found = new LinkedHashMap<>(2 * identifiers.size());
    List<Task<K, V>> missing = new ArrayList<>(identifiers.size());
    for (K identifier : identifiers) {
      int before = found.size();
      V known = found.putIfAbsent(identifier, null);
      if (known != null || found.size() == before) {
        continue;
      }
      EntityKey<K> key = new EntityKey<>(owner, identifier);
      long ticket = local.ticket(key);
      Held<V> held = local.find(owner, identifier);
      if (held != null) {
        counters.hit(held);
        found.put(identifier, held.value());
      } else {
        missing.add(Task.of(key, keys.redisKey(key), ticket));
      }
    }
    if (!missing.isEmpty()) {
      readMissing(missing, found, loader);
    }
    return present(found);
  }

  private <X extends Exception> void readMissing(
      List<Task<K, V>> missing, Map<K, @Nullable V> found, BulkLoader<K, V, X> loader) throws X {
    CallTime time = patience.begin();
    boolean mayLoadToo = patience.mayLoadToo(time);
    Pauses pauses = readThrough.pauses(time);
    try (BulkFlights<K, V> flights = readThrough.flights(found, time, Sources.classOf(loader))) {
      readOnce(missing, flights, loader, time, pauses);
      while (flights.isUnread() && (mayLoadToo ? pauses.restNanos() > 0 : !time.isOver())) {
        readOnce(flights.takeAgain(), flights, loader, time, pauses);
      }
      if (flights.isUnread() && (time.isOver() || !mayLoadToo)) {
        throw patience.late();
      }
      bulk.loadAround(flights.takeUnread(), flights, loader, time);
    }
  }

  private <X extends Exception> void readOnce(
      List<Task<K, V>> missing,
      BulkFlights<K, V> flights,
      BulkLoader<K, V, X> loader,
      CallTime time,
      Pauses pauses)
      throws X {
    List<Task<K, V>> asked = readAll(flights.lead(missing), flights);
    while (!asked.isEmpty()) {
      List<Task<K, V>> busy = new ArrayList<>();
      List<Task<K, V>> granted = readEach(asked, busy, flights);
      boolean isLast = granted.isEmpty() && !busy.isEmpty() && !pauses.next();
      if (isLast && time.isOver()) {
        throw patience.lateBehindAnotherProcess();
      }
      bulk.load(isLast ? busy : granted, flights, loader, time);
      asked = isLast ? List.of() : busy;
    }
    flights.<X>takeOthers(pauses);
  }

  /** Without anything of a cache. */
  <X extends Exception> Map<K, V> alone(
      Collection<? extends K> identifiers, BulkLoader<K, V, X> loader) throws X {
    return bulk.alone(List.copyOf(new LinkedHashSet<>(identifiers)), loader);
  }

  /** What is not among the values that Redis has; in a cluster they are many servers' to give. */
  private List<Task<K, V>> readAll(List<Task<K, V>> asked, BulkFlights<K, V> flights) {
    if (asked.isEmpty() || remote.isCluster()) {
      return asked;
    }
    List<@Nullable Found> answers = remote.readAll(asked.stream().map(Task::redisKey).toList());
    if (answers == null) {
      return asked;
    }
    List<@Nullable StoredValue<V>> opened = new ArrayList<>(asked.size());
    for (int i = 0; i < asked.size(); i++) {
      Found answer = answers.get(i);
      opened.add(
          answer == null || !StoredValues.isFresh(answer)
              ? null
              : values.decoded(asked.get(i).redisKey(), answer));
    }
    Map<String, Long> times = tags.times(asked.get(0).key().owner(), tagsOf(opened));
    List<Task<K, V>> missing = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      Found answer = answers.get(i);
      StoredValue<V> stored = opened.get(i);
      if (answer == null || stored == null || !tags.admits(stored, times)) {
        missing.add(asked.get(i));
      } else {
        use(asked.get(i), answer, stored, flights);
      }
    }
    return missing;
  }

  private static <V> Set<String> tagsOf(List<@Nullable StoredValue<V>> opened) {
    Set<String> tags = new HashSet<>();
    for (StoredValue<V> stored : opened) {
      if (stored != null) {
        tags.addAll(stored.tags());
      }
    }
    return tags;
  }

  /**
   * Asks for the right to load what is missing, and looks once more whether it is.
   *
   * @param busy takes what another process loads
   */
  private List<Task<K, V>> readEach(
      List<Task<K, V>> asked, List<Task<K, V>> busy, BulkFlights<K, V> flights) {
    List<RemoteAnswer> answers =
        remote.readEach(asked.stream().map(Task::redisKey).toList(), !policy.staleFor().isZero());
    List<Task<K, V>> missing = new ArrayList<>();
    List<Task<K, V>> invalid = new ArrayList<>();
    List<byte[]> bytes = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      Task<K, V> task = asked.get(i);
      if (answers.get(i) == RemoteAnswer.Busy.LOADING) {
        busy.add(task);
      } else if (!(answers.get(i) instanceof Found there)) {
        missing.add(granted(task, answers.get(i)));
      } else if (!isUsed(task, there, missing, flights)) {
        invalid.add(task);
        bytes.add(there.bytes());
      }
    }
    List<RemoteAnswer> replaced =
        remote.replaceEach(invalid.stream().map(Task::redisKey).toList(), bytes);
    for (int i = 0; i < invalid.size(); i++) {
      missing.add(granted(invalid.get(i), replaced.get(i)));
    }
    return missing;
  }

  private Task<K, V> granted(Task<K, V> task, RemoteAnswer answer) {
    if (answer == RemoteAnswer.Unavailable.UNAVAILABLE) {
      counters.remoteFailures.increment();
    }
    return task.with(answer instanceof Lease lease ? lease : null, null);
  }

  private boolean isUsed(
      Task<K, V> task, Found answer, List<Task<K, V>> missing, BulkFlights<K, V> flights) {
    StoredValue<V> stored = values.opened(task.key().owner(), task.redisKey(), answer);
    if (stored == null) {
      return false;
    }
    if (!answer.isStale()) {
      use(task, answer, stored, flights);
      return true;
    }
    Task<K, V> older = task.with(answer.lease(), readThrough.stale(stored, answer));
    if (answer.lease() == null) {
      flights.answer(older, loads.stale(older, Objects.requireNonNull(older.stale())));
    } else {
      missing.add(older);
    }
    return true;
  }

  private void use(
      Task<K, V> task, Found answer, StoredValue<V> stored, BulkFlights<K, V> flights) {
    long rest = TimeUnit.MILLISECONDS.toNanos(StoredValues.restMillis(answer));
    if (!fills.holdFresh(task, stored, rest)) {
      if (!flights.isLast()) {
        flights.giveUp(task);
        return;
      }
      local.evict(task.key());
    }
    counters.remoteHits.increment();
    flights.answer(task, new Answer<>(stored.value(), CacheSource.REDIS));
  }

  @SuppressWarnings("NullAway") // What is null is taken out.
  private static <K, V> Map<K, V> present(Map<K, @Nullable V> found) {
    found.values().removeIf(Objects::isNull);
    return found;
  }
}
