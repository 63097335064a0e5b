package dev.tenon.core.outbox;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Daemons, so that a relay that nobody closed does not keep a program from ending. */
final class RelayThreads implements ThreadFactory {

  private final AtomicInteger made = new AtomicInteger();

  @Override
  public Thread newThread(Runnable work) {
    Thread thread = new Thread(work, "tenon-relay-" + made.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }
}
