package dev.tenon.cache;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What Redis says about a key. */
sealed interface RemoteAnswer {

  /** A value is there. */
  final class Found implements RemoteAnswer {

    private final byte[] bytes;
    private final long now;
    private final boolean isStale;
    private final @Nullable Lease lease;

    Found(byte[] bytes, long now, boolean isStale, @Nullable Lease lease) {
      this.bytes = bytes;
      this.now = now;
      this.isStale = isStale;
      this.lease = lease;
    }

    byte[] bytes() {
      return bytes;
    }

    /** Redis' time. */
    long now() {
      return now;
    }

    /** Whether its time has ended. */
    boolean isStale() {
      return isStale;
    }

    /** The right to load it anew, of a stale one that nobody else loads. */
    @Nullable Lease lease() {
      return lease;
    }
  }

  /** The caller may fill the key under this token. */
  final class Lease implements RemoteAnswer {

    private final byte[] token;
    private final @Nullable Long now;
    private final long granted = System.nanoTime();

    Lease(byte[] token, @Nullable Long now) {
      this.token = token;
      this.now = now;
    }

    byte[] token() {
      return token;
    }

    /** How long ago it was granted. */
    long ageMillis() {
      return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - granted);
    }

    /** Redis' time, before anything is loaded; null where it did not say. */
    @Nullable Long now() {
      return now;
    }
  }

  /** There is none, and for longer than the caller may wait another process loads or writes it. */
  enum Busy implements RemoteAnswer {
    LOADING,
    WRITING
  }

  /** Redis did not answer, or must not be believed yet. */
  enum Unavailable implements RemoteAnswer {
    UNAVAILABLE
  }
}
