package dev.tenon.cache;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Notices that a message of another process did not arrive, by the numbers of its {@link Sequence}.
 *
 * <p>A number that was announced as confirmed has its message published before, but perhaps by
 * another node of a cluster: so it counts as missing only at the next announcement. A process that
 * is not heard for {@value #MOST_SILENT} of its heartbeats may have sent anything before it ended.
 */
final class HeardMessages {

  private static final int MOST_SILENT = 4;

  /** For how long a process that sends messages may announce none of them. */
  private static final long LONGEST_UNANNOUNCED = TimeUnit.SECONDS.toNanos(10);

  private final String own;
  private final LongSupplier nanoTime;
  private final Map<String, Heard> processes = new HashMap<>();
  private long ownHeard;

  HeardMessages(String own, LongSupplier nanoTime) {
    this.own = own;
    this.nanoTime = nanoTime;
    this.ownHeard = nanoTime.getAsLong();
  }

  /** What is known of one process. */
  private static final class Heard {
    private int series;
    private long whole;
    private long announced;
    private long until;
    private boolean isAnnounced;
    private final TreeSet<Long> beyond = new TreeSet<>();

    Heard(long until) {
      this.until = until;
    }

    void start(int newSeries, long from) {
      series = newSeries;
      whole = from;
      announced = from;
      isAnnounced = true;
      beyond.headSet(from, true).clear();
      catchUp();
    }

    void catchUp() {
      while (beyond.remove(whole + 1)) {
        whole++;
      }
    }
  }

  /** A message {@code process:series:number}. */
  synchronized void message(String sender) {
    String[] parts = sender.split(":", -1);
    if (parts.length != 3 || parts[0].equals(own)) {
      return;
    }
    try {
      int series = Integer.parseInt(parts[1]);
      Heard heard =
          processes.computeIfAbsent(
              parts[0], first -> new Heard(nanoTime.getAsLong() + LONGEST_UNANNOUNCED));
      if (heard.series != series) {
        if (heard.isAnnounced) {
          // Its announcement will say that the series has changed.
          return;
        }
        heard.series = series;
        heard.beyond.clear();
      }
      heard.beyond.add(Long.parseLong(parts[2]));
      heard.catchUp();
    } catch (NumberFormatException malformed) {
      // A message of another form is heard as it is, and counted by nobody.
    }
  }

  /**
   * An announcement {@code process:series:number:millis}.
   *
   * @return whether something is missing
   */
  synchronized boolean announcement(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 4) {
      return true;
    }
    long now = nanoTime.getAsLong();
    if (parts[0].equals(own)) {
      ownHeard = now;
      return false;
    }
    try {
      return announced(
          parts[0],
          Integer.parseInt(parts[1]),
          Long.parseLong(parts[2]),
          Long.parseLong(parts[3]),
          now);
    } catch (NumberFormatException malformed) {
      return true;
    }
  }

  private boolean announced(String process, int series, long number, long nextMillis, long now) {
    Heard heard = processes.computeIfAbsent(process, first -> new Heard(now));
    boolean isMissing;
    if (!heard.isAnnounced || heard.series != series) {
      isMissing = heard.isAnnounced || number > 0;
      if (heard.series != series) {
        heard.beyond.clear();
      }
      heard.start(series, number);
    } else {
      isMissing = heard.whole < (nextMillis == 0 ? number : heard.announced);
      if (isMissing) {
        heard.start(series, Math.max(heard.whole, heard.announced));
      }
      heard.announced = number;
    }
    heard.until = now + TimeUnit.MILLISECONDS.toNanos(nextMillis * MOST_SILENT);
    if (nextMillis == 0) {
      processes.remove(process);
    }
    return isMissing;
  }

  /** Forgets who was silent for too long; whether there was one. */
  synchronized boolean expired() {
    long now = nanoTime.getAsLong();
    return processes.values().removeIf(heard -> heard.until - now < 0);
  }

  /** How long this process has not heard itself. */
  synchronized long deafNanos() {
    return nanoTime.getAsLong() - ownHeard;
  }

  /** The subscription begins anew, and what is held with it. */
  synchronized void restart() {
    processes.clear();
    ownHeard = nanoTime.getAsLong();
  }
}
