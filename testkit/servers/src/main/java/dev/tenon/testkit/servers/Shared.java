package dev.tenon.testkit.servers;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A value made on first use, once; a failure is remembered and thrown again. */
final class Shared<T> {
  private final Supplier<T> maker;
  private @Nullable T value;
  private @Nullable RuntimeException failure;

  Shared(Supplier<T> maker) {
    this.maker = maker;
  }

  synchronized T get() {
    if (failure != null) {
      throw new TestServerException(String.valueOf(failure.getMessage()), failure);
    }
    T made = value;
    if (made == null) {
      try {
        made = maker.get();
        value = made;
      } catch (RuntimeException e) {
        failure = e;
        throw e;
      }
    }
    return made;
  }
}
