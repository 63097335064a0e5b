package dev.tenon.core.outbox;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jooq.Record;
import org.jooq.impl.DSL;

/**
 * Events that are committed with the work they tell of, or not at all, and then delivered to each
 * consumer at least once, in order for each aggregate.
 *
 * <p>Its tables come with {@link #migrations()}. Any role may publish, as its session's tenant;
 * only the owner of the tables, or a role with BYPASSRLS and rights on them, reads them. Immutable,
 * safe for use by many threads.
 */
public final class Outbox {

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,40}");
  private static final int MOST_PARTITIONS = 256;

  private final String name;
  private final List<String> consumers;
  private final int partitions;
  private final Publication publication;

  private Outbox(String name, List<String> consumers, int partitions) {
    this.name = name;
    this.consumers = consumers;
    this.partitions = partitions;
    this.publication = new Publication(consumers.stream().map(this::queue).toList(), partitions);
  }

  /** Begins an outbox: 1 to 41 lower case letters, digits, hyphens and underscores. */
  public static Builder named(String name) {
    return new Builder(requireName("Outbox.named", name));
  }

  /** Run these as the owner, before anything is published. */
  public static Migrations migrations() {
    return Migrations.named("outbox").resource(Outbox.class, "V1__outbox.sql");
  }

  /**
   * Writes events in this transaction, for each consumer. One round trip.
   *
   * <p>Publish after the aggregate's row is written or locked: then no other transaction publishes
   * of the same aggregate before this one ends, and the order of events is that of the commits.
   *
   * @throws InvalidDataException before anything is sent, if an event cannot be stored; from the
   *     server, if a version of an aggregate has an event that waits already
   */
  public void publish(Transaction transaction, Event... events) {
    publish(transaction, Arrays.asList(Required.require(events, "events", "Outbox.publish")));
  }

  /** Like {@link #publish(Transaction, Event...)}. */
  public void publish(Transaction transaction, List<Event> events) {
    Required.require(transaction, "transaction", "Outbox.publish");
    if (!Required.require(events, "events", "Outbox.publish").isEmpty()) {
      publication.insert(transaction, events);
    }
  }

  /**
   * Begins a relay, which delivers the events to handlers in this process.
   *
   * @param database connected as a role that may read all events; also where handlers run, unless
   *     {@link Relay.Builder#inSessionOf} says otherwise
   */
  public Relay.Builder relay(Database database) {
    return new Relay.Builder(this, database);
  }

  /**
   * What waits for a consumer: one look at its rows, after one whether the role sees them.
   *
   * @throws UsageException if row-level security binds the role, so that everything would look
   *     empty
   */
  public Backlog backlog(Session session, String consumer) {
    RelayChecks.requireReader(session, "Outbox.backlog");
    Record row =
        session
            .sql()
            .fetchSingle(
                """
                select (select count(*) from tenon.outbox_event e where e.queue = q.name) as waiting,
                       (select min(e.created_at) from tenon.outbox_event e where e.queue = q.name)
                         as oldest,
                       (select count(*) from tenon.outbox_failure f where f.queue = q.name)
                         as blocked,
                       (select count(*) from tenon.outbox_dead_letter d where d.queue = q.name)
                         as dead
                  from (select {0} as name) as q
                """,
                DSL.val(requireQueue(consumer)));
    return new Backlog(
        row.get("waiting", Long.class),
        Optional.ofNullable(row.get("oldest", Instant.class)),
        row.get("blocked", Long.class),
        row.get("dead", Long.class));
  }

  /**
   * The events that were given up, for all consumers, the oldest first.
   *
   * @throws UsageException as {@link #backlog}
   */
  public List<DeadLetter> deadLetters(Session session, int limit) {
    RelayChecks.requireReader(session, "Outbox.deadLetters");
    return DeadLetters.list(session, consumers.stream().map(this::queue).toList(), limit);
  }

  /**
   * Has a dead letter delivered again, after everything that its aggregate has published since, by
   * relays of an outbox with as many partitions as this one. Where several tenants published events
   * of this identifier, the letters of all.
   *
   * @return whether there was one
   * @throws InvalidDataException if its version was published once more, and waits; it stays
   * @throws UsageException as {@link #backlog}
   */
  public boolean replay(Session session, String consumer, UUID event) {
    RelayChecks.requireReader(session, "Outbox.replay");
    return DeadLetters.replay(session, new Queue(requireQueue(consumer), partitions), event) > 0;
  }

  /**
   * Like {@link #replay}, for all dead letters of a consumer, but for those whose version was
   * published once more and waits: these stay among {@link #deadLetters}.
   *
   * @return how many are delivered again
   */
  public int replayAll(Session session, String consumer) {
    RelayChecks.requireReader(session, "Outbox.replayAll");
    return DeadLetters.replay(session, new Queue(requireQueue(consumer), partitions), null);
  }

  /**
   * Forgets what the consumers handled before this long. Keep it longer than a relay that lost its
   * connection may go on with the events it had read: an hour is plenty.
   *
   * @return how many entries there were
   */
  public int purge(Session session, Duration olderThan) {
    requirePause("Outbox.purge", olderThan);
    RelayChecks.requireReader(session, "Outbox.purge");
    return consumers.stream()
        .mapToInt(consumer -> new Inbox(queue(consumer)).purge(session, olderThan))
        .sum();
  }

  public String name() {
    return name;
  }

  public List<String> consumers() {
    return consumers;
  }

  int partitions() {
    return partitions;
  }

  /** The name of the queue of a consumer of this outbox. */
  String requireQueue(String consumer) {
    if (!consumers.contains(consumer)) {
      throw new UsageException(
          Problem.what("'" + Problem.excerpt(consumer) + "' is no consumer of the outbox " + name)
              .where("outbox '" + name + "'")
              .why("events are written for the consumers that it was built with: " + consumers)
              .fix("name it in Outbox.Builder.consumers; it sees what is published from then on"));
    }
    return queue(consumer);
  }

  private String queue(String consumer) {
    return name + "/" + consumer;
  }

  static String consumerOf(String queue) {
    return queue.substring(queue.indexOf('/') + 1);
  }

  static Duration requirePause(String option, Duration value) {
    if (value.isNegative() || value.isZero() || value.compareTo(Duration.ofDays(365)) > 0) {
      throw new UsageException(
          Problem.what(option + " is " + value)
              .where(option)
              .why("a time without length makes it busy for ever, and a year is as good as never")
              .fix("pass more than zero and at most 365 days"));
    }
    return value;
  }

  static int requireBetween(String option, int least, int most, int value) {
    if (value < least || value > most) {
      throw new UsageException(
          Problem.what(option + " is " + value)
              .where(option)
              .why("it must lie between " + least + " and " + most)
              .fix("pass a number in that range, or leave it at its default"));
    }
    return value;
  }

  static String requireName(String where, String name) {
    Required.require(name, "name", where);
    if (!NAME.matcher(name).matches()) {
      throw new UsageException(
          Problem.what(
                  "'" + Problem.excerpt(name) + "' cannot name an outbox, a consumer or a relay")
              .where(where)
              .why("names stand in every row and in the names of locks")
              .fix("use 1 to 41 lower case letters, digits, hyphens and underscores"));
    }
    return name;
  }

  /**
   * What waits for one consumer.
   *
   * @param waiting events not delivered yet, those of blocked aggregates included
   * @param oldest when the oldest of them was made
   * @param blocked aggregates whose first event failed and is tried again later
   * @param dead events that were given up
   */
  public record Backlog(long waiting, Optional<Instant> oldest, long blocked, long dead) {}

  /**
   * An event that was given up.
   *
   * @param consumer for whom
   * @param event what could not be delivered
   * @param attempts how often it was tried
   * @param error the class and the message of the last error
   * @param deadAt when it was given up
   */
  public record DeadLetter(
      String consumer, Event event, int attempts, String error, Instant deadAt) {}

  /** Collects what an outbox is. Not safe for use by many threads. */
  public static final class Builder {

    private final String name;
    private static final String CONSUMERS = "Outbox.Builder.consumers";
    private final LinkedHashSet<String> consumers = new LinkedHashSet<>();
    private int partitions = 16;

    private Builder(String name) {
      this.name = name;
    }

    /**
     * Who gets the events: each of them every event, once. At least one.
     *
     * @throws UsageException if one is named twice
     */
    public Builder consumers(String... names) {
      for (String consumer : Required.require(names, "names", CONSUMERS)) {
        if (!consumers.add(requireName(CONSUMERS, consumer))) {
          throw new UsageException(
              Problem.what("the consumer '" + consumer + "' is named twice")
                  .where(CONSUMERS)
                  .why("each consumer gets each event once")
                  .fix("name it once, or give the other a name of its own"));
        }
      }
      return this;
    }

    /**
     * Into how many parts the aggregates of a queue are divided, 16 by default, at most 256; each
     * is delivered by one thread at a time. The same for all processes; change it while nothing
     * waits.
     */
    public Builder partitions(int count) {
      this.partitions = requireBetween("Outbox.Builder.partitions", 1, MOST_PARTITIONS, count);
      return this;
    }

    /**
     * The outbox.
     *
     * @throws UsageException if it has no consumer
     */
    public Outbox build() {
      if (consumers.isEmpty()) {
        throw new UsageException(
            Problem.what("the outbox " + name + " has no consumer")
                .where("Outbox.Builder.build")
                .why("an event is written once for each consumer, so nothing would be written")
                .fix("name those who get the events: consumers(\"mail\")"));
      }
      return new Outbox(name, List.copyOf(consumers), partitions);
    }
  }
}
