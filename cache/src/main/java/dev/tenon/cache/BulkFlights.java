package dev.tenon.cache;

import dev.tenon.cache.Flights.Failed;
import dev.tenon.cache.Flights.Flight;
import dev.tenon.cache.Flights.Loaded;
import dev.tenon.cache.Flights.Result;
import dev.tenon.cache.Flights.Unanswered;
import dev.tenon.cache.Loads.Answer;
import dev.tenon.cache.Loads.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
  private final Patience patience;
  private final Map<K, @Nullable V> found;
  private final CallTime time;
  private final Class<?> loader;
  private final List<Flight<K, V>> mine = new ArrayList<>();
  private final List<Task<K, V>> others = new ArrayList<>();

  /** What the loader asks that runs for these flights. */
  private final List<Task<K, V>> nested = new ArrayList<>();

  /** What memory refused, or others did not read in time or at all. */
  private final List<Task<K, V>> again = new ArrayList<>();

  private boolean isLast;

  BulkFlights(
      ReadThrough<K, V> readThrough,
      Flights<K, V> flights,
      LocalLevel<K, V> local,
      Counters counters,
      Patience patience,
      Map<K, @Nullable V> found,
      CallTime time,
      Class<?> loader) {
    this.readThrough = readThrough;
    this.flights = flights;
    this.local = local;
    this.counters = counters;
    this.patience = patience;
    this.found = found;
    this.time = time;
    this.loader = loader;
  }

  /** Those that nobody else reads now. */
  List<Task<K, V>> lead(List<Task<K, V>> missing) {
    List<Task<K, V>> led = new ArrayList<>(missing.size());
    for (Task<K, V> each : missing) {
      Task<K, V> asked = each;
      Flight<K, V> own = flights.open(asked.key(), asked.ticket());
      Flight<K, V> other = flights.join(own);
      if (other != null
          && !other.isOfThisThread()
          && readThrough.isLeftBehind(asked.key(), other)) {
        asked = renewed(asked);
        own = flights.open(asked.key(), asked.ticket());
        other = flights.join(own);
      }
      if (other == null) {
        mine.add(own);
        led.add(asked.in(own));
      } else if (other.isOfThisThread()) {
        readThrough.nest(asked.key(), other);
        nested.add(asked.in(other));
      } else {
        others.add(asked.in(other));
      }
    }
    return led;
  }

  /** The loader runs for them, in this thread. */
  void load(List<Task<K, V>> tasks) {
    for (Task<K, V> task : tasks) {
      Flight<K, V> flight = task.flight();
      if (flight != null) {
        flight.loads();
      }
    }
  }

  /** Hands it to all who wait for it. */
  void answer(Task<K, V> task, Answer<V> answer) {
    take(task, answer);
    task.end(new Loaded<>(answer));
  }

  /** Hands it to nobody else: it comes from another's flight, or is no answer for others. */
  void take(Task<K, V> task, Answer<V> answer) {
    found.put(task.key().identifier(), answer.value());
  }

  /** Whether nothing is read once more that memory refuses. */
  boolean isLast() {
    return isLast;
  }

  /** Leaves it to be read once more, by whoever needs it. */
  void giveUp(Task<K, V> task) {
    readAgain(task);
    task.end(new Unanswered<>());
  }

  private void readAgain(Task<K, V> task) {
    again.add(Task.of(task.key(), task.redisKey(), task.ticket()));
  }

  /** Waits for what others read; what fails for one of them fails for all. */
  <X extends Exception> void takeOthers(Pauses limit) throws X {
    for (Task<K, V> task : others) {
      Flight<K, V> flight = Objects.requireNonNull(task.flight());
      Result<V> result = flight.await(patience.waitNanos(time, limit.restNanos()));
      if (result instanceof Loaded<V> loaded) {
        counters.localHits.increment();
        take(task, loaded.answer());
      } else if (result instanceof Failed<V> failed && failed.isOf(loader, found.keySet())) {
        throw failed.<X>thrown();
      } else if (result == null && !patience.mayLoadToo(time)) {
        throw patience.late(flight);
      } else {
        readAgain(task);
      }
    }
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
      renewed.add(renewed(task));
    }
    again.clear();
    isLast = true;
    return renewed;
  }

  private Task<K, V> renewed(Task<K, V> task) {
    return Task.of(task.key(), task.redisKey(), local.ticket(task.key()));
  }

  /** What only the loader may answer, without the cache. */
  List<Task<K, V>> takeUnread() {
    List<Task<K, V>> unread = new ArrayList<>(nested);
    unread.addAll(again);
    return unread;
  }

  @Override
  public void close() {
    mine.forEach(flight -> flight.leave(new Unanswered<>()));
    nested.forEach(task -> Objects.requireNonNull(task.flight()).unnest());
  }
}
