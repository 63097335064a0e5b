package dev.tenon.core.internal;

import dev.tenon.core.Session;
import dev.tenon.core.TenonException;
import java.util.Iterator;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Work that is done for one session after the other, such as for each tenant. */
public final class EachSession {

  private EachSession() {}

  /**
   * Does it for each, and closes the stream; one that fails holds back no other.
   *
   * @param stopping asked before each
   * @throws TenonException in the end, the first; the others suppressed
   */
  public static void run(
      Stream<? extends Session> sessions, BooleanSupplier stopping, Consumer<Session> work) {
    TenonException failure = null;
    try (sessions) {
      Iterator<? extends Session> each = sessions.iterator();
      while (!stopping.getAsBoolean() && each.hasNext()) {
        failure = joined(failure, run(each.next(), work));
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static @Nullable TenonException run(Session session, Consumer<Session> work) {
    try {
      work.accept(session);
      return null;
    } catch (TenonException error) {
      return error;
    }
  }

  private static @Nullable TenonException joined(
      @Nullable TenonException first, @Nullable TenonException next) {
    if (first == null) {
      return next;
    }
    if (next != null) {
      first.addSuppressed(next);
    }
    return first;
  }
}
