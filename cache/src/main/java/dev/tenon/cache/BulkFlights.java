package dev.tenon.cache;

import dev.tenon.cache.Flights.Flight;
import dev.tenon.cache.Flights.Loaded;
import dev.tenon.cache.Loads.Answer;
import dev.tenon.cache.Loads.Task;
import dev.tenon.cache.LocalLevel.Held;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one who reads many keys reads itself, for others too, and what others read for it.
 *
 * <p>Without it two threads would load one key at the same time, one of them an older value, and
 * the later of them would decide what the next one reads.
 */
final class BulkFlights<K, V> implements AutoCloseable {

  private final ReadThrough<K, V> readThrough;
  private final Flights<K, V> flights;
  private final LocalLevel<K, V> local;
  private final Counters counters;
  private final Map<K, @Nullable V> found;
  private final Map<EntityKey<K>, Flight<V>> mine = new HashMap<>();
  private final Map<Task<K, V>, Flight<V>> others = new LinkedHashMap<>();

  /** Those of the others that wait for the loader that asks, and what it asks. */
  private final Map<EntityKey<K>, Flight<V>> nested = new HashMap<>();

  private final List<Task<K, V>> asked = new ArrayList<>();

  /** What memory refused, or others did not read in time or at all. */
  private final List<Task<K, V>> again = new ArrayList<>();

  private boolean isLast;

  BulkFlights(
      ReadThrough<K, V> readThrough,
      Flights<K, V> flights,
      LocalLevel<K, V> local,
      Counters counters,
      Map<K, @Nullable V> found) {
    this.readThrough = readThrough;
    this.flights = flights;
    this.local = local;
    this.counters = counters;
    this.found = found;
  }

  /** Those that nobody else reads now, and that memory has not got meanwhile. */
  List<Task<K, V>> lead(List<Task<K, V>> missing) {
    List<Task<K, V>> led = new ArrayList<>(missing.size());
    for (Task<K, V> task : missing) {
      Flight<V> own = flights.open(task.ticket());
      Flight<V> flight = flights.join(task.key(), own);
      if (flight != own) {
        if (flight.isOfThisThread()) {
          readThrough.nest(task.key(), flight);
          nested.put(task.key(), flight);
          asked.add(task);
        } else {
          others.put(task, flight);
        }
        continue;
      }
      mine.put(task.key(), flight);
      Held<V> held = local.find(task.key().owner(), task.key().identifier());
      if (held == null) {
        led.add(task);
      } else {
        answer(task, readThrough.ofMemory(held));
      }
    }
    return led;
  }

  /** The loader runs for them, in this thread. */
  void load(List<Task<K, V>> tasks) {
    for (Task<K, V> task : tasks) {
      Flight<V> flight = mine.getOrDefault(task.key(), nested.get(task.key()));
      if (flight != null) {
        flight.loads();
      }
    }
  }

  /** Hands it to all who wait for it. */
  void answer(Task<K, V> task, Answer<V> answer) {
    found.put(task.key().identifier(), answer.value());
    Flight<V> flight = mine.remove(task.key());
    if (flight != null) {
      flights.end(task.key(), flight, new Loaded<>(answer));
    }
  }

  /** Whether nothing is read once more that memory refuses. */
  boolean isLast() {
    return isLast;
  }

  /** Leaves it to be read once more, by whoever needs it. */
  void giveUp(Task<K, V> task) {
    again.add(task);
    Flight<V> flight = mine.remove(task.key());
    if (flight != null) {
      flights.end(task.key(), flight, new Flights.Failed<>());
    }
  }

  /** Waits for what others read. */
  void takeOthers(Pauses limit) {
    others.forEach(
        (task, flight) -> {
          if (flight.await(limit.restNanos()) instanceof Loaded<V> loaded) {
            counters.localHits.increment();
            found.put(task.key().identifier(), loaded.answer().value());
          } else {
            again.add(task);
          }
        });
    others.clear();
  }

  /** Whether something is to be read once more. */
  boolean isUnread() {
    return !again.isEmpty();
  }

  /** Takes what is to be read once more, by tickets of now. */
  List<Task<K, V>> takeAgain() {
    List<Task<K, V>> renewed = new ArrayList<>(again.size());
    for (Task<K, V> task : again) {
      long ticket = local.ticket(task.key());
      renewed.add(new Task<>(task.key(), task.redisKey(), ticket, null, null));
    }
    again.clear();
    isLast = true;
    return renewed;
  }

  /** What only the loader may answer, without the cache. */
  List<Task<K, V>> takeUnread() {
    List<Task<K, V>> unread = new ArrayList<>(asked);
    unread.addAll(again);
    return unread;
  }

  @Override
  public void close() {
    mine.forEach((key, flight) -> flights.end(key, flight, new Flights.Failed<>()));
    nested.values().forEach(Flight::unnest);
  }
}
