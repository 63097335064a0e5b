package dev.tenon.cache;

import java.nio.charset.StandardCharsets;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Numbers the messages of this process, so that others notice one that they did not get.
 *
 * <p>Each message has the next number of a series. At each heartbeat the process announces up to
 * which number Redis has confirmed all. A message of which it is not known whether it was sent ends
 * the series: the next one begins from 1 under another name, and who heard the old one forgets. So
 * does one that is confirmed after its series has ended: nobody counts it.
 */
final class Sequence {

  /** Between a message's subject and who sent it. */
  static final char MARK = '|';

  /** In front of an announcement. */
  static final char ANNOUNCEMENT = '~';

  private final String process = UUID.randomUUID().toString().substring(0, 18);
  private final TreeSet<Long> beyond = new TreeSet<>();
  private int series = 1;
  private long last;
  private long confirmed;
  private boolean isAnnounced;

  /** A message on its way. */
  record Numbered(String text, int series, long number) {

    byte[] bytes() {
      return text.getBytes(StandardCharsets.US_ASCII);
    }
  }

  /** Who sends. */
  String process() {
    return process;
  }

  synchronized Numbered next(String subject) {
    last++;
    return new Numbered(subject + MARK + process + ":" + series + ":" + last, series, last);
  }

  synchronized void confirmed(Numbered message) {
    if (message.series() != series) {
      // Who has heard of the end of its series already may have missed this one after it.
      if (isAnnounced) {
        start();
      }
      return;
    }
    beyond.add(message.number());
    while (beyond.remove(confirmed + 1)) {
      confirmed++;
    }
  }

  synchronized void unknown(Numbered message) {
    if (message.series() == series) {
      start();
    }
  }

  private void start() {
    series++;
    last = 0;
    confirmed = 0;
    isAnnounced = false;
    beyond.clear();
  }

  /**
   * Up to which number all are confirmed.
   *
   * @param nextMillis when the next one follows; 0 where there is none
   */
  synchronized byte[] announcement(long nextMillis) {
    isAnnounced = true;
    String text = ANNOUNCEMENT + process + ":" + series + ":" + confirmed + ":" + nextMillis;
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
