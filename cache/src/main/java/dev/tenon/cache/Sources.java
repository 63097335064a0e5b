package dev.tenon.cache;

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
    return (identifier, context) -> present(entity, loader.load(identifier));
  }

  static <K, V, X extends Exception> Source<K, V, X> present(
      String entity, ContextLoader<? super K, V, X> loader) {
    var unused = Required.require(loader, LOADER, WHERE);
    return (identifier, context) -> present(entity, loader.load(identifier, context));
  }

  static <K, V, X extends Exception> Source<K, V, X> optional(
      Loader<? super K, Optional<V>, X> loader) {
    var unused = Required.require(loader, LOADER, WHERE);
    return (identifier, context) -> orNull(loader.load(identifier));
  }

  static <K, V, X extends Exception> Source<K, V, X> optional(
      ContextLoader<? super K, Optional<V>, X> loader) {
    var unused = Required.require(loader, LOADER, WHERE);
    return (identifier, context) -> orNull(loader.load(identifier, context));
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
