package dev.tenon.cache;

import dev.tenon.cache.Loads.Answer;
import dev.tenon.cache.Loads.Task;
import dev.tenon.core.NotFoundException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs the loaders of those who read many keys at once, as {@link Loads} does of one. */
final class BulkLoads<K, V> {

  private final Loads<K, V> loads;
  private final Patience patience;
  private final Fills<K, V> fills;
  private final CachePolicy policy;
  private final Counters counters;

  BulkLoads(Loads<K, V> loads, Fills<K, V> fills, CachePolicy policy, Counters counters) {
    this.loads = loads;
    this.patience = loads.patience();
    this.fills = fills;
    this.policy = policy;
    this.counters = counters;
  }

  /** Loads and keeps nothing. */
  <X extends Exception> void loadAround(
      List<Task<K, V>> late, BulkFlights<K, V> flights, BulkLoader<K, V, X> loader, CallTime time)
      throws X {
    if (late.isEmpty()) {
      return;
    }
    Map<K, V> loaded =
        Objects.requireNonNull(
            patience.within(
                time,
                false,
                () -> {
                  flights.load(late);
                  return alone(identifiers(late), loader);
                },
                refusal -> {}));
    for (Task<K, V> task : late) {
      V value = loaded.get(task.key().identifier());
      flights.take(task, new Answer<>(value, CacheSource.BYPASSED));
    }
  }

  /** Without anything of a cache. */
  <X extends Exception> Map<K, V> alone(List<K> identifiers, BulkLoader<K, V, X> loader) throws X {
    return run(identifiers, new Loading(policy), loader);
  }

  /** Loads what is missing and keeps it, or takes what is stale where that is of each. */
  <X extends Exception> void load(
      List<Task<K, V>> missing,
      BulkFlights<K, V> flights,
      BulkLoader<K, V, X> loader,
      CallTime time)
      throws X {
    if (missing.isEmpty()) {
      return;
    }
    if (!missing.stream().allMatch(task -> task.stale() != null)) {
      loadUncovered(missing, flights, loader, time);
      return;
    }
    try {
      answer(
          missing,
          flights,
          patience.within(
              time,
              true,
              () -> kept(missing, flights, loader),
              refusal -> missing.forEach(fills::release)));
    } catch (Exception error) {
      if (Loads.isVerdict(error)) {
        end(missing, failed(error, missing, loader));
        throw error;
      }
      for (Task<K, V> task : missing) {
        flights.answer(task, loads.stale(task, Objects.requireNonNull(task.stale())));
      }
    }
  }

  /** Those who wait get what the load ends with, also where the caller does not wait so long. */
  private <X extends Exception> void loadUncovered(
      List<Task<K, V>> missing,
      BulkFlights<K, V> flights,
      BulkLoader<K, V, X> loader,
      CallTime time)
      throws X {
    missing.forEach(Task::lend);
    answer(
        missing,
        flights,
        patience.within(
            time,
            false,
            () -> ended(missing, flights, loader),
            refusal ->
                missing.forEach(
                    task -> {
                      fills.release(task);
                      task.takeBack(refusal);
                    })));
  }

  private static <K, V> void answer(
      List<Task<K, V>> tasks, BulkFlights<K, V> flights, @Nullable List<Answer<V>> loaded) {
    for (int i = 0; i < tasks.size(); i++) {
      flights.answer(tasks.get(i), Objects.requireNonNull(loaded).get(i));
    }
  }

  private <X extends Exception> List<Answer<V>> ended(
      List<Task<K, V>> missing, BulkFlights<K, V> flights, BulkLoader<K, V, X> loader) throws X {
    try {
      List<Answer<V>> answers = kept(missing, flights, loader);
      for (int i = 0; i < missing.size(); i++) {
        missing.get(i).end(new Flights.Loaded<>(answers.get(i)));
      }
      return answers;
    } catch (Exception error) {
      end(missing, failed(error, missing, loader));
      throw error;
    } finally {
      end(missing, new Flights.Unanswered<>());
    }
  }

  private static <K, V> void end(List<Task<K, V>> tasks, Flights.Result<V> result) {
    tasks.forEach(task -> task.end(result));
  }

  private static <K, V> Flights.Result<V> failed(
      Exception error, List<Task<K, V>> tasks, BulkLoader<K, V, ?> loader) {
    return Flights.failed(error, Sources.classOf(loader), identifiers(tasks));
  }

  private <X extends Exception> List<Answer<V>> kept(
      List<Task<K, V>> missing, BulkFlights<K, V> flights, BulkLoader<K, V, X> loader) throws X {
    boolean isKept = false;
    try {
      flights.load(missing);
      Loading loading = new Loading(policy);
      Map<K, V> loaded = run(identifiers(missing), loading, loader);
      List<Answer<V>> answers = fills.keep(missing, loaded::get, loading);
      isKept = true;
      return answers;
    } catch (NotFoundException gone) {
      // It may be any of them.
      fills.discard(missing);
      throw gone;
    } finally {
      if (!isKept) {
        missing.forEach(fills::release);
      }
    }
  }

  private static <K, V> List<K> identifiers(List<Task<K, V>> tasks) {
    return tasks.stream().map(task -> task.key().identifier()).toList();
  }

  private <X extends Exception> Map<K, V> run(
      List<K> identifiers, Loading loading, BulkLoader<K, V, X> loader) throws X {
    boolean ended = false;
    try {
      Map<K, V> loaded = loader.load(identifiers, loading);
      if (loaded == null) {
        throw Loads.nothing("the loader returned no map", "getAll", "return an empty one");
      }
      loading.ended();
      ended = true;
      return loaded;
    } finally {
      (ended ? counters.loads : counters.loadFailures).increment();
    }
  }
}
