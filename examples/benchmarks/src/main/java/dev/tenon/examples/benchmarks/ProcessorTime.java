package dev.tenon.examples.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** CPU time of processes, in user and kernel mode; on Linux, to 10 ms. */
final class ProcessorTime {

  /** The kernel tells user space hundredths of a second, whatever it counts in itself. */
  private static final long TICK_MILLIS = 10;

  // Behind the name of the program: utime, stime, and what both were in children that ended.
  private static final int FIRST = 11;
  private static final int OWN = 2;
  private static final int WITH_ENDED = 4;

  private ProcessorTime() {}

  /** This JVM, its collector and compilers included. */
  static Duration ofThisProcess() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return Duration.ofNanos(system.getProcessCpuTime());
  }

  /** A process, its children, and those that have ended. */
  static Duration ofTree(long process) {
    long children =
        ProcessHandle.of(process).stream()
            .flatMap(ProcessHandle::children)
            .mapToLong(child -> ticks(child.pid(), OWN))
            .sum();
    return Duration.ofMillis((children + ticks(process, WITH_ENDED)) * TICK_MILLIS);
  }

  private static long ticks(long process, int fields) {
    try {
      String line = Files.readString(Path.of("/proc", Long.toString(process), "stat"));
      return Stream.of(line.substring(line.lastIndexOf(')') + 2).split(" ", -1))
          .skip(FIRST)
          .limit(fields)
          .mapToLong(Long::parseLong)
          .sum();
    } catch (NoSuchFileException ended) {
      return 0;
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
