package dev.tenon.cache;

import dev.tenon.cache.Loads.Asked;
import dev.tenon.cache.Loads.Source;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The loaders of callers in the one shape that is loaded from; none of them may answer null. */
final class Sources {

  private static final String LOADER = "loader";
  private static final String WHERE = "EntityCache";

  private Sources() {}

  static <K, V, X extends Exception> Source<K, V, X> present(
      String entity, Loader<? super K, V, X> loader) {
    var unused = Required.require(loader, LOADER, WHERE);
    return source(loader, (identifier, context) -> present(entity, loader.load(identifier)));
  }

  static <K, V, X extends Exception> Source<K, V, X> present(
      String entity, ContextLoader<? super K, V, X> loader) {
    var unused = Required.require(loader, LOADER, WHERE);
    return source(
        loader, (identifier, context) -> present(entity, loader.load(identifier, context)));
  }

  static <K, V, X extends Exception> Source<K, V, X> optional(
      Loader<? super K, Optional<V>, X> loader) {
    var unused = Required.require(loader, LOADER, WHERE);
    return source(loader, (identifier, context) -> orNull(loader.load(identifier)));
  }

  static <K, V, X extends Exception> Source<K, V, X> optional(
      ContextLoader<? super K, Optional<V>, X> loader) {
    var unused = Required.require(loader, LOADER, WHERE);
    return source(loader, (identifier, context) -> orNull(loader.load(identifier, context)));
  }

  private static <K, V, X extends Exception> Source<K, V, X> source(
      Object loader, Asked<K, V, X> asked) {
    return new Source<>(classOf(loader), asked);
  }

  /** Of the caller's loader, also where it is within one of this module. */
  static Class<?> classOf(Object loader) {
    return loader instanceof Around around ? classOf(around.within()) : loader.getClass();
  }

  /** A loader of this module around one of a caller. */
  private interface Around {
    Object within();
  }

  /** What is done around a loader. */
  record AroundLoader<K, R, X extends Exception>(Object within, Loader<K, R, X> loader)
      implements Loader<K, R, X>, Around {
    @Override
    public R load(K identifier) throws X {
      return loader.load(identifier);
    }
  }

  /** What is done around a loader that says how to keep its value. */
  record AroundContextLoader<K, R, X extends Exception>(
      Object within, ContextLoader<K, R, X> loader) implements ContextLoader<K, R, X>, Around {
    @Override
    public R load(K identifier, LoadContext context) throws X {
      return loader.load(identifier, context);
    }
  }

  static <V> V present(String entity, @Nullable V value) {
    if (value == null) {
      throw new UsageException(
          Problem.what("the loader returned null")
              .where("the cache of " + entity)
              .why("get promises a value")
              .fix("use find with a loader that returns an Optional"));
    }
    return value;
  }

  private static <V> @Nullable V orNull(Optional<V> loaded) {
    if (loaded == null) {
      throw Loads.nothing("the loader returned null", "find", "return an empty Optional");
    }
    return loaded.orElse(null);
  }
}
