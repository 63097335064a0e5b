package dev.tenon.cache;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One load per key and ticket in this process: the first caller loads, the others wait for it.
 *
 * <p>A caller joins only a load that began under its own ticket. One that an invalidation overtook
 * is left to those who came before. Two loads of one ticket could both enter memory, the older one
 * last.
 */
final class Flights<K, V> {

  private final ConcurrentHashMap<Ticketed<K>, Flight<V>> running = new ConcurrentHashMap<>();

  private record Ticketed<K>(EntityKey<K> key, long ticket) {}

  Flight<V> open(long ticket) {
    return new Flight<>(ticket, Thread.currentThread());
  }

  /** The caller's own load, which it must {@link #end}, or the one to wait for. */
  Flight<V> join(EntityKey<K> key, Flight<V> mine) {
    Flight<V> other = running.putIfAbsent(new Ticketed<>(key, mine.ticket), mine);
    return other == null ? mine : other;
  }

  void end(EntityKey<K> key, Flight<V> flight, Result<V> result) {
    running.remove(new Ticketed<>(key, flight.ticket), flight);
    flight.result.complete(result);
  }

  /** How a load ended. */
  sealed interface Result<V> permits Loaded, Failed {}

  /** It found a value, or that there is none. */
  record Loaded<V>(Loads.Answer<V> answer) implements Result<V> {}

  /** The loader threw. */
  record Failed<V>() implements Result<V> {}

  /** One load. */
  static final class Flight<V> {

    private final long ticket;
    private final Thread leader;
    private final CompletableFuture<Result<V>> result = new CompletableFuture<>();
    private final AtomicInteger nested = new AtomicInteger();
    private volatile @Nullable Thread loader;

    private Flight(long ticket, Thread leader) {
      this.ticket = ticket;
      this.leader = leader;
    }

    long ticket() {
      return ticket;
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
    int nest() {
      return nested.incrementAndGet();
    }

    /** The one that asked goes on, in this thread. */
    void unnest() {
      int unused = nested.decrementAndGet();
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
  }
}
