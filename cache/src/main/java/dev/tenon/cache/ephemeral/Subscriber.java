package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.Faults;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What waits for one subscription's consumer, in order, and the thread that calls it.
 *
 * <p>A gap stands in the queue where the messages are missing, so that it is told after those
 * before it and before those behind it.
 */
final class Subscriber implements Topic.Subscription {

  private static final Logger LOG = LoggerFactory.getLogger(Subscriber.class);
  private static final int MOST_WAITING = 1_000;
  private static final Duration CONFIRMATION = Duration.ofSeconds(1);

  private final Subscriptions subscriptions;
  private final String channel;
  private final Consumer<byte[]> received;
  private final Runnable missed;
  private final BlockingQueue<Runnable> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final CountDownLatch confirmed = new CountDownLatch(1);
  private final Thread thread;
  private boolean hasGap;
  private volatile boolean active;
  private volatile boolean closed;

  Subscriber(
      Subscriptions subscriptions, String channel, Consumer<byte[]> received, Runnable missed) {
    this.subscriptions = subscriptions;
    this.channel = channel;
    this.received = received;
    this.missed = missed;
    this.thread = new Thread(this::work, "tenon-topic-" + channel);
    thread.setDaemon(true);
  }

  /** Whether Redis confirmed in time. */
  boolean open() {
    thread.start();
    subscriptions.add(this);
    try {
      return confirmed.await(CONFIRMATION.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  String channel() {
    return channel;
  }

  @Override
  public boolean isActive() {
    return active;
  }

  synchronized void confirmed() {
    if (confirmed.getCount() == 0 && !active) {
      gap();
    }
    active = true;
    confirmed.countDown();
  }

  void lost() {
    active = false;
  }

  synchronized void heard(byte[] message) {
    if (hasGap) {
      gap();
    }
    if (hasGap || !waiting.offer(() -> received.accept(message))) {
      hasGap = true;
    }
  }

  private synchronized void gap() {
    hasGap = !waiting.offer(missed);
  }

  @Override
  public void close() {
    closed = true;
    active = false;
    subscriptions.remove(this);
    thread.interrupt();
  }

  private void work() {
    while (!closed) {
      try {
        Runnable next = waiting.take();
        tellGapAtTheEnd();
        next.run();
      } catch (InterruptedException end) {
        return;
      } catch (Throwable error) {
        Faults.log(LOG, Level.ERROR, "the consumer of " + channel + " failed", error);
      }
    }
  }

  /** Where nothing comes behind the gap that did not fit. */
  private synchronized void tellGapAtTheEnd() {
    if (hasGap) {
      gap();
    }
  }
}
