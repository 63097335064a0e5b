package dev.tenon.testkit.servers.internal.bundle;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;

/** Mutual exclusion between the processes and threads of one machine, by a locked file. */
public final class FileMutex {
  private FileMutex() {}

  /** Work that may fail with an {@link IOException}. */
  @FunctionalInterface
  public interface Work<R> {
    R run() throws IOException;
  }

  /**
   * Runs {@code work} while no other process or thread holds {@code file}; the lock dies with us.
   */
  public static <R> R holding(Path file, Work<R> work) throws IOException {
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = acquire(channel)) {
      if (!lock.isValid()) {
        throw new IOException("lost the lock on " + file);
      }
      return work.run();
    }
  }

  private static FileLock acquire(FileChannel channel) throws IOException {
    while (true) {
      try {
        return channel.lock();
      } catch (OverlappingFileLockException e) {
        // Another thread of this JVM, perhaps under another class loader, holds it.
        LockSupport.parkNanos(20_000_000);
        if (Thread.currentThread().isInterrupted()) {
          throw new IOException("interrupted while waiting for a lock", e);
        }
      }
    }
  }
}
