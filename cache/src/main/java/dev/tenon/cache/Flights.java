package dev.tenon.cache;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One load per key and ticket in this process: the first caller loads, the others wait for it.
 *
 * <p>A caller joins only a load that began under its own ticket. One that an invalidation overtook
 * is left to those who came before. Two loads of one ticket could both enter memory, the older one
 * last.
 */
final class Flights<K, V> {

  /** Each is its own key, by what it loads and its ticket. */
  private final ConcurrentHashMap<Flight<K, V>, Flight<K, V>> running = new ConcurrentHashMap<>();

  Flight<K, V> open(EntityKey<K> key, long ticket) {
    return new Flight<>(key, ticket, Thread.currentThread());
  }

  /** The load to wait for; null where there is none, and the caller must {@link #end} its own. */
  @Nullable Flight<K, V> join(Flight<K, V> mine) {
    return running.putIfAbsent(mine, mine);
  }

  /** Nobody joins it any more, and who has gets the result; once, by who leads it. */
  void end(Flight<K, V> flight, Result<V> result) {
    if (!flight.isEnded) {
      flight.isEnded = true;
      running.remove(flight);
      flight.result.complete(result);
    }
  }

  /** How a load ended. */
  sealed interface Result<V> permits Loaded, Failed {}

  /** It found a value, or that there is none. */
  record Loaded<V>(Loads.Answer<V> answer) implements Result<V> {}

  /** The loader threw. */
  record Failed<V>() implements Result<V> {}

  /** One load. */
  static final class Flight<K, V> {

    private final EntityKey<K> key;
    private final long ticket;
    private final Thread leader;
    private final CompletableFuture<Result<V>> result = new CompletableFuture<>();
    private boolean isEnded;
    private int nested;
    private volatile @Nullable Thread loader;

    private Flight(EntityKey<K> key, long ticket, Thread leader) {
      this.key = key;
      this.ticket = ticket;
      this.leader = leader;
    }

    /** Whether to wait for it would be to wait for oneself. */
    boolean isOfThisThread() {
      Thread present = Thread.currentThread();
      return leader == present || loader == present;
    }

    /** The loader runs in this thread now. */
    void loads() {
      loader = Thread.currentThread();
    }

    /** The loader asks for what it loads, and another one is about to answer it: how many do. */
    synchronized int nest() {
      return ++nested;
    }

    /** The one that asked goes on, in this thread. */
    synchronized void unnest() {
      nested--;
      loads();
    }

    /** The result, or null if it does not come in time or the thread is interrupted. */
    @Nullable Result<V> await(long nanos) {
      try {
        return result.get(nanos, TimeUnit.NANOSECONDS);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return null;
      } catch (TimeoutException | ExecutionException late) {
        return null;
      }
    }

    @Override
    public int hashCode() {
      return 31 * key.hashCode() + Long.hashCode(ticket);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Flight<?, ?> flight
          && ticket == flight.ticket
          && key.equals(flight.key);
    }
  }
}
