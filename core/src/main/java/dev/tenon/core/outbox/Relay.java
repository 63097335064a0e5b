package dev.tenon.core.outbox;

import dev.tenon.core.Database;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the events of an outbox to handlers in this process until it is closed.
 *
 * <p>Any number of relays, in any number of processes, share the work: each partition has one owner
 * at a time, under an advisory lock that ends with the owner's transaction. The transaction of its
 * handler removes an event. Where {@link Builder#inSessionOf} gives handlers a session of their own
 * it is removed afterwards, and delivered again if the relay dies in between; the inbox, a row in
 * the handler's transaction, then keeps the handler from running twice. A handler that throws
 * undoes its transaction and holds back the later events of that aggregate only; the event is tried
 * again after a pause that doubles, and given up after a number of attempts.
 *
 * <p>At most {@link Builder#concurrency} times {@link Builder#batch} events of a consumer are in
 * memory: a handler that is slow slows the relay, and the rest waits in the database. Safe for use
 * by many threads.
 */
public final class Relay implements AutoCloseable {

  private final Running running;
  private final String outbox;
  private final String name;
  private final List<Runnable> afterClose = new CopyOnWriteArrayList<>();

  private Relay(Running running, String outbox, String name) {
    this.running = running;
    this.outbox = outbox;
    this.name = name;
  }

  /** What tells it from other relays of its outbox, as {@link Builder#named} said. */
  public String name() {
    return name;
  }

  Set<String> consumers() {
    return running.counters().consumers();
  }

  void afterClose(Runnable action) {
    afterClose.add(action);
  }

  /** The name of the outbox whose events this delivers. */
  String outbox() {
    return outbox;
  }

  /** What this relay has done since it started, for all its consumers. */
  public Metrics metrics() {
    return running.counters().metrics();
  }

  /**
   * The same for one of its consumers; all of them wake up together.
   *
   * @throws UsageException if this relay has no handler for it
   */
  public Metrics metrics(String consumer) {
    Required.require(consumer, "consumer", "Relay.metrics");
    if (!consumers().contains(consumer)) {
      throw new UsageException(
          Problem.what("the relay has no handler for '" + Problem.excerpt(consumer) + "'")
              .where("Relay.metrics")
              .why("it counts for its own consumers: " + consumers())
              .fix("name one of them"));
    }
    return running.counters().metrics(consumer);
  }

  /**
   * Stops after the events that are with a handler now, waiting up to 30 s for them; a handler that
   * is still at work then is interrupted, and its event delivered again by another relay.
   */
  @Override
  public void close() {
    running.close();
    afterClose.forEach(Runnable::run);
    afterClose.clear();
  }

  /**
   * What to do with an event. It may come again, so effects outside the database must bear that.
   */
  @FunctionalInterface
  public interface Handler {

    /**
     * Handles an event in a transaction, which commits when this returns.
     *
     * @throws Exception to have it tried again later
     */
    void handle(Event event, Transaction transaction) throws Exception;
  }

  /** What to do with many events at once. */
  @FunctionalInterface
  public interface BatchHandler {

    /**
     * Handles events of many aggregates, those of each in order, in one transaction.
     *
     * @throws Exception to have them tried again at once, one by one, each in a savepoint and 60 in
     *     a transaction; what fails alone then undoes its own writes only, and waits
     */
    void handle(List<Event> events, Transaction transaction) throws Exception;
  }

  /**
   * Told what happens, on the thread that delivers. What it throws is logged.
   *
   * <p>Where no method is overridden, nothing is done.
   */
  public interface Listener {

    /** Events were handled, removed, and that is committed. */
    default void delivered(String consumer, List<Event> events) {}

    /** An event failed for the how manieth time; it is tried again after a pause. */
    default void failed(String consumer, Event event, int attempts, Exception cause) {}

    /** An event was given up. */
    default void deadLettered(String consumer, Event event, int attempts, Exception cause) {}

    /** The relay could not do its work, such as when the server is gone; it goes on trying. */
    default void interrupted(String consumer, Exception cause) {}
  }

  /**
   * What a relay has done.
   *
   * @param delivered events removed, because a handler is done with them
   * @param duplicates events among those that were handled before, so that no handler ran again
   * @param failed attempts that failed
   * @param deadLettered events given up
   * @param interruptions how often the relay itself failed
   * @param wakeUps how often a notification ended its sleep
   */
  public record Metrics(
      long delivered,
      long duplicates,
      long failed,
      long deadLettered,
      long interruptions,
      long wakeUps) {}

  /** Collects the options; each setter checks its value at once. Not safe for many threads. */
  public static final class Builder {

    private final Outbox outbox;
    private final Database database;
    private final Map<String, HandlerOf> handlers = new LinkedHashMap<>();
    private @Nullable Function<TenantId, Session> sessions;
    private Listener listener = new Listener() {};
    private ThreadFactory threads = new RelayThreads();
    private int batch = 500;
    private int concurrency = 2;
    private int deadLetterAfter = 12;
    private Duration firstPause = Duration.ofSeconds(1);
    private Duration longestPause = Duration.ofMinutes(1);
    private Duration pollInterval = Duration.ofMillis(500);
    private String name = "relay";
    private boolean notified = true;
    private boolean inbox = true;

    Builder(Outbox outbox, Database database) {
      this.outbox = outbox;
      this.database = database;
    }

    /** Handles the events of a consumer one by one, each in a transaction of its own. */
    public Builder handler(String consumer, Handler handler) {
      return add(consumer, new HandlerOf(1, (events, tx) -> handler.handle(events.get(0), tx)));
    }

    /**
     * Handles the events of a consumer many at a time, which is many times faster: by default in
     * the transaction that reads and removes them.
     */
    public Builder batchHandler(String consumer, BatchHandler handler) {
      return add(consumer, new HandlerOf(Integer.MAX_VALUE, handler));
    }

    /**
     * Runs the handlers of a tenant's events in a session of that tenant, such as {@code
     * tenants::as}. By default all run in the relay's database, without a tenant. Events that were
     * published without a tenant do so always. What the function throws is a failure of the event,
     * as what a handler throws.
     */
    public Builder inSessionOf(Function<TenantId, Session> tenantSession) {
      this.sessions = tenantSession;
      return this;
    }

    /**
     * Tells this relay from others of its outbox in the same process, in the tag {@code relay} of
     * its meters: {@code relay} by default. 1 to 41 lower case letters, digits, hyphens and
     * underscores.
     */
    public Builder named(String own) {
      this.name = Outbox.requireName("Relay.Builder.named", own);
      return this;
    }

    /** How many events a thread reads at once, 500 by default, at most 10,000. */
    public Builder batch(int events) {
      this.batch = Outbox.requireBetween("Relay.Builder.batch", 1, 10_000, events);
      return this;
    }

    /**
     * How many threads each consumer has, 2 by default. A thread needs two connections at a time,
     * and the relay one more.
     */
    public Builder concurrency(int threadsForEach) {
      this.concurrency = Outbox.requireBetween("Relay.Builder.concurrency", 1, 256, threadsForEach);
      return this;
    }

    /** After how many failed attempts an event is given up, 12 by default. */
    public Builder deadLetterAfter(int attempts) {
      this.deadLetterAfter =
          Outbox.requireBetween("Relay.Builder.deadLetterAfter", 1, 1_000_000, attempts);
      return this;
    }

    /**
     * How long the events of an aggregate wait after one failed: 1 s by default, doubled with each
     * attempt to at most 1 min.
     */
    public Builder backoff(Duration first, Duration longest) {
      this.firstPause = Outbox.requirePause("Relay.Builder.backoff first", first);
      this.longestPause = Outbox.requirePause("Relay.Builder.backoff longest", longest);
      return this;
    }

    /** How often an idle relay looks without being woken, every 500 ms by default. */
    public Builder pollInterval(Duration interval) {
      this.pollInterval = Outbox.requirePause("Relay.Builder.pollInterval", interval);
      return this;
    }

    /**
     * Does without LISTEN, which needs a connection of its own. Where that does not work, such as
     * behind a transaction pooler, the relay notices when it starts, and polls too.
     */
    public Builder pollingOnly() {
      this.notified = false;
      return this;
    }

    /**
     * Saves the row of the inbox for each event that is handled in a session of its tenant, for
     * handlers that bear repetition by themselves.
     */
    public Builder withoutInbox() {
      this.inbox = false;
      return this;
    }

    /** Who is told what happens; nobody by default. */
    public Builder listener(Listener told) {
      this.listener = told;
      return this;
    }

    /** Where threads come from: daemons named {@code tenon-relay-<n>} by default. */
    public Builder threads(ThreadFactory factory) {
      this.threads = factory;
      return this;
    }

    /**
     * Starts.
     *
     * @throws UsageException if there is no handler, the role may not read all events, the pool is
     *     too small, or events wait in partitions that the outbox does not have
     */
    public Relay start() {
      if (handlers.isEmpty()) {
        throw new UsageException(
            Problem.what("a relay without a handler was to be started")
                .where("Relay.Builder.start")
                .why("it would deliver nothing")
                .fix("call handler(…) or batchHandler(…) for a consumer of " + outbox.consumers()));
      }
      RelayPlan plan =
          new RelayPlan(
              outbox,
              database,
              Map.copyOf(handlers),
              sessions,
              listener,
              batch,
              concurrency,
              deadLetterAfter,
              firstPause,
              longestPause,
              pollInterval,
              inbox);
      RelayChecks.require(plan, notified);
      return new Relay(Running.start(plan, threads, notified), outbox.name(), name);
    }

    private Builder add(String consumer, HandlerOf handler) {
      outbox.requireQueue(consumer);
      if (handlers.putIfAbsent(consumer, handler) != null) {
        throw new UsageException(
            Problem.what("the consumer " + consumer + " was given two handlers")
                .where("Relay.Builder.handler")
                .why("each event goes to a consumer once")
                .fix("name a second consumer in Outbox.Builder.consumers"));
      }
      return this;
    }
  }
}
