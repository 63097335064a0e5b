package dev.tenon.cache;

import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One load per key and ticket in this process: the first caller loads, the others wait for it.
 *
 * <p>A caller joins only a load that began under its own ticket. One that an invalidation overtook
 * is left to those who came before, whether it ends with a value or fails. Two loads of one ticket
 * could both enter memory, the older one last; so a load that goes on without its caller keeps its
 * ticket until it ends.
 */
final class Flights<K, V> {

  /** Where a loader hides how it was interrupted. */
  private static final int MOST_CAUSES = 16;

  /** Each is its own key, by what it loads and its ticket. */
  private final ConcurrentMap<Flight<K, V>, Flight<K, V>> running = new ConcurrentHashMap<>();

  Flight<K, V> open(EntityKey<K> key, long ticket) {
    return new Flight<>(running, key, ticket, Thread.currentThread());
  }

  /** The load to wait for; null where there is none, and the caller must end its own. */
  @Nullable Flight<K, V> join(Flight<K, V> mine) {
    return running.putIfAbsent(mine, mine);
  }

  /** How a load ended. */
  sealed interface Result<V> permits Loaded, Failed, Unanswered {}

  /** It found a value, or that there is none. */
  record Loaded<V>(Loads.Answer<V> answer) implements Result<V> {}

  /**
   * The loader threw.
   *
   * @param loader its class; null where no loader ran
   * @param identifiers what it was asked for
   */
  record Failed<V>(Exception error, @Nullable Class<?> loader, Collection<?> identifiers)
      implements Result<V> {

    /**
     * Whether it is the failure of one who would have asked this loader, for these: another loader
     * may not fail, nor this one for less.
     */
    boolean isOf(Class<?> other, Collection<?> asked) {
      return (loader == null || loader.equals(other)) && asked.containsAll(identifiers);
    }

    /** What a loader of that class declares, or unchecked. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // It is erased.
    <X extends Exception> X thrown() {
      return (X) error;
    }
  }

  /** It says nothing to those who waited: each sees for itself. */
  record Unanswered<V>() implements Result<V> {}

  /**
   * What a failure is to others; an interrupt is that of one caller, and so is an error of the
   * machine.
   */
  static <V> Result<V> failed(Throwable error, Class<?> loader, Collection<?> identifiers) {
    boolean isOwn =
        Thread.currentThread().isInterrupted()
            || Stream.iterate(error, Objects::nonNull, Throwable::getCause)
                .limit(MOST_CAUSES)
                .anyMatch(InterruptedException.class::isInstance);
    return error instanceof Exception failure && !isOwn
        ? new Failed<>(failure, loader, identifiers)
        : new Unanswered<>();
  }

  /** One load. */
  static final class Flight<K, V> {

    private final ConcurrentMap<Flight<K, V>, Flight<K, V>> running;
    private final EntityKey<K> key;
    private final long ticket;
    private final long begun = System.nanoTime();
    private final CompletableFuture<Result<V>> result = new CompletableFuture<>();
    private final AtomicBoolean isEnded = new AtomicBoolean();
    private boolean isLent;
    private boolean isLeftBehind;
    private int nested;
    private volatile @Nullable Thread leader;
    private volatile @Nullable Thread loader;

    private Flight(
        ConcurrentMap<Flight<K, V>, Flight<K, V>> running,
        EntityKey<K> key,
        long ticket,
        Thread leader) {
      this.running = running;
      this.key = key;
      this.ticket = ticket;
      this.leader = leader;
    }

    /** Nobody joins it any more, and who has gets the result: the first one. */
    void end(Result<V> how) {
      if (isEnded.compareAndSet(false, true)) {
        running.remove(this);
        result.complete(how);
      }
    }

    /** Its load ends it, from now on, and may outlast its leader. Called by the leader. */
    void lend() {
      isLent = true;
    }

    /** The load does not run. Called by the leader. */
    void takeBack() {
      isLent = false;
    }

    /** The leader goes; with the result, unless the load is still to have one. */
    void leave(Result<V> how) {
      leader = null;
      if (!isLent) {
        end(how);
      }
    }

    boolean isOlderThan(long nanos) {
      return System.nanoTime() - begun > nanos;
    }

    /**
     * Leaves it to those who wait for it now.
     *
     * @param move moves the ticket of its key, which keeps it from memory; runs once
     */
    synchronized void leaveBehind(Runnable move) {
      if (!isLeftBehind) {
        isLeftBehind = true;
        move.run();
      }
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

    /** Whether a loader was asked. */
    boolean isLoaded() {
      return loader != null;
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
