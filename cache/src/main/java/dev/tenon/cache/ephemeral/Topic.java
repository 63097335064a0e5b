package dev.tenon.cache.ephemeral;

import dev.tenon.cache.Codec;
import dev.tenon.cache.internal.RedisFutures;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.internal.Required;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Messages to whoever listens now: at most once, kept nowhere.
 *
 * <p>What must not be lost belongs into the outbox. Messages of a tenant go over a channel of its
 * own, {@code service:topic-name:tenant}; channels are not divided by the database of the URL. Safe
 * for use by many threads.
 *
 * @param <M> the messages
 */
public final class Topic<M> {

  private static final int MOST_BYTES = 64 * 1024;

  private final Space space;
  private final Codec<M> codec;
  private final Subscriptions subscriptions;
  private final LongAdder undecodable = new LongAdder();

  Topic(Space space, Codec<M> codec, Subscriptions subscriptions) {
    this.space = space;
    this.codec = Required.require(codec, "codec", "Ephemeral.topic");
    this.subscriptions = subscriptions;
  }

  /** What ends by closing it; messages that wait for the consumer then are dropped. */
  public sealed interface Subscription extends AutoCloseable permits Subscriber {

    /** Whether messages arrive now. */
    boolean isActive();

    @Override
    void close();
  }

  /**
   * Sends a message. One round trip; whether somebody heard it is not known.
   *
   * @throws InvalidDataException if the message cannot be encoded or has more than 64 KiB
   * @throws RetryableException if Redis did not answer; it may be sent
   * @throws ServerException if Redis refused
   */
  public void publish(Owner owner, M message) {
    String where = space.where("Topic.publish");
    String channel = space.subject("Topic.publish", owner);
    byte[] bytes = Arguments.encoded(where, codec, message, MOST_BYTES);
    var unused =
        space
            .access()
            .link()
            .require(
                where,
                (commands, deadline) ->
                    RedisFutures.within(commands.publish(channel, bytes), deadline));
  }

  /**
   * Hears every message that is sent after this returned, until it is closed or the cache is.
   *
   * <p>Both are called in a thread of this subscription, one after the other, in the order of the
   * messages; what they throw is logged. Bytes that the codec cannot read are counted and left out.
   *
   * @param received takes each message. Where 1,000 wait for it, more are dropped and told as
   *     missed
   * @param missed is run where messages may have been lost before the next one: after the
   *     connection was, once it is subscribed again. Read there what the messages are about
   * @throws RetryableException if Redis did not confirm within 1 s; nothing is subscribed
   */
  public Subscription subscribe(Owner owner, Consumer<? super M> received, Runnable missed) {
    String where = space.where("Topic.subscribe");
    Required.require(received, "consumer", where);
    Required.require(missed, "action for missed messages", where);
    String channel = space.subject("Topic.subscribe", owner);
    Subscriber subscriber =
        new Subscriber(subscriptions, channel, bytes -> receive(bytes, received), missed);
    if (!subscriber.open()) {
      subscriber.close();
      throw new RetryableException(
          Problem.what("Redis did not confirm a subscription")
              .where(where)
              .why("it did not answer in time, or there is no connection to it")
              .fix("try again"));
    }
    return subscriber;
  }

  /** How many messages this process got and could not read. */
  public long undecodable() {
    return undecodable.sum();
  }

  private void receive(byte[] bytes, Consumer<? super M> received) {
    M message;
    try {
      message = Arguments.decoded(space.where("Topic"), codec, bytes);
    } catch (InvalidDataException unreadable) {
      undecodable.increment();
      return;
    }
    received.accept(message);
  }

  @Override
  public String toString() {
    return "Topic[" + space.name() + "]";
  }
}
