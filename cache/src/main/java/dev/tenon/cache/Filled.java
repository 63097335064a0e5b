package dev.tenon.cache;

import dev.tenon.cache.RemoteAnswer.Found;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What Redis says to a value that it shall keep. */
sealed interface Filled {

  /** It has it, or did not answer. */
  enum Told implements Filled {
    KEPT,
    UNKNOWN
  }

  /** It refused it: the lease is gone, and this stands in its place and beside it. */
  final class Refused implements Filled {

    private final long now;
    private final List<?> there;

    Refused(long now, List<?> there) {
      this.now = now;
      this.there = there;
    }

    /** The value that stands there. */
    @Nullable Found value() {
      return there.get(0) instanceof byte[] bytes && !LeaseToken.isOne(bytes)
          ? new Found(bytes, now, false, null)
          : null;
    }

    /** Whether a loader still has the lease that it had then. */
    boolean isLeasedAs(Refused before) {
      return there.stream()
          .anyMatch(
              each ->
                  each instanceof byte[] token
                      && isOfLoader(token)
                      && before.there.stream()
                          .anyMatch(old -> old instanceof byte[] o && Arrays.equals(token, o)));
    }

    private static boolean isOfLoader(byte[] bytes) {
      return LeaseToken.isOne(bytes) && !LeaseToken.isOfWriter(bytes);
    }
  }
}
