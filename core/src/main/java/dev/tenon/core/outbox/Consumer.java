package dev.tenon.core.outbox;

import java.util.Objects;
import java.util.function.BooleanSupplier;

/** What the threads of one consumer share. */
final class Consumer {

  private final String name;
  private final HandlerOf handler;
  private final Queue queue;
  private final Failures failures;
  private final Delivery delivery;
  private final Wake wake;
  private final Counters counters;
  private final BooleanSupplier stopping;
  private boolean scouting;

  Consumer(RelayPlan plan, String name, Wake wake, Counters counters, BooleanSupplier stopping) {
    String queueName = plan.outbox().requireQueue(name);
    this.name = name;
    this.handler = Objects.requireNonNull(plan.handlers().get(name));
    this.queue = new Queue(queueName, plan.outbox().partitions());
    this.failures = new Failures(queueName, plan.firstPause(), plan.longestPause());
    this.delivery = new Delivery(plan, handler, queue, new Inbox(queueName), stopping);
    this.wake = wake;
    this.counters = counters;
    this.stopping = stopping;
  }

  synchronized boolean beginScouting() {
    boolean first = !scouting;
    scouting = true;
    return first;
  }

  synchronized void endScouting() {
    scouting = false;
  }

  boolean isStopping() {
    return stopping.getAsBoolean();
  }

  String name() {
    return name;
  }

  HandlerOf handler() {
    return handler;
  }

  Queue queue() {
    return queue;
  }

  Failures failures() {
    return failures;
  }

  Delivery delivery() {
    return delivery;
  }

  Wake wake() {
    return wake;
  }

  Counters counters() {
    return counters;
  }
}
