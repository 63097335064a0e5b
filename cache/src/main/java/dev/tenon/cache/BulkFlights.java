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

  /** Those of the others that wait for the loader that asks. */
  private final Map<EntityKey<K>, Flight<V>> nested = new HashMap<>();

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
        }
        others.put(task, flight);
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

  /** Waits for what others read; those that they did not read in time. */
  List<Task<K, V>> takeOthers(Pauses limit) {
    List<Task<K, V>> late = new ArrayList<>();
    others.forEach(
        (task, flight) -> {
          if (!nested.containsKey(task.key())
              && flight.await(limit.restNanos()) instanceof Loaded<V> loaded) {
            counters.localHits.increment();
            found.put(task.key().identifier(), loaded.answer().value());
          } else {
            late.add(task);
          }
        });
    return late;
  }

  @Override
  public void close() {
    mine.forEach((key, flight) -> flights.end(key, flight, new Flights.Failed<>()));
    nested.values().forEach(Flight::unnest);
  }
}
