package dev.tenon.examples.benchmarks;

/** A way to publish an event with a change and to have it handled afterwards. */
interface EventSystem extends AutoCloseable {

  /** What is done with each event; what throws is tried again where the system does that. */
  @FunctionalInterface
  interface Handler {
    void handle(String aggregate, long version) throws Exception;
  }

  /** One transaction: a row of the business and an event. Called by many threads. */
  void publish(Traffic.Message message) throws Exception;

  /** Begins to deliver, with as many threads as the comparison has. */
  void start(Handler handler);

  /** Ends what {@link #start} began; what waits stays where it is. */
  void stop();

  /** Until what was published without a {@link #start} may be delivered. */
  default void awaitDeliverable() throws InterruptedException {}

  @Override
  default void close() {
    stop();
  }
}
