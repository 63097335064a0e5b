package dev.tenon.cache;

import dev.tenon.cache.Sequence.Numbered;
import dev.tenon.cache.internal.RedisFutures;
import dev.tenon.cache.internal.RedisLink;
import dev.tenon.cache.internal.RedisLink.Call;
import dev.tenon.cache.internal.RedisScript;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Sends the messages of this process, each in the script that makes it true, and counts them. */
final class Announcer {

  private final RedisLink link;
  private final String channelName;
  private final byte[] channel;
  private final Sequence sequence;

  Announcer(RedisLink link, String channel, Sequence sequence) {
    this.link = link;
    this.channelName = channel;
    this.channel = channel.getBytes(StandardCharsets.US_ASCII);
    this.sequence = sequence;
  }

  /** Whether Redis confirms it in time. */
  boolean send(Invalidation invalidation) {
    return numbered(invalidation.subject(), message -> link.run(call(invalidation, message)))
        != null;
  }

  /** Sends them together; whether Redis confirms each in time, in their order. */
  List<Boolean> sendEach(List<Invalidation> invalidations) {
    List<Numbered> messages =
        invalidations.stream().map(each -> sequence.next(each.subject())).toList();
    List<Call> calls = new ArrayList<>(messages.size());
    for (int i = 0; i < messages.size(); i++) {
      calls.add(call(invalidations.get(i), messages.get(i).bytes()));
    }
    List<@Nullable Object> answers = link.runEach(calls);
    for (int i = 0; i < messages.size(); i++) {
      settle(messages.get(i), answers.get(i));
    }
    return answers.stream().map(Objects::nonNull).toList();
  }

  private Call call(Invalidation invalidation, byte[] message) {
    byte[][] more = invalidation.more();
    byte[][] arguments = new byte[2 + more.length][];
    arguments[0] = channel;
    arguments[1] = message;
    System.arraycopy(more, 0, arguments, 2, more.length);
    return new Call(invalidation.script(), invalidation.doomed(), arguments);
  }

  /** Like {@link #send}, within the patience of what nobody waits for with a page to show. */
  boolean sendPatiently(RedisScript script, String[] keys, String subject) {
    return numbered(subject, message -> link.runPatiently(script, keys, channel, message)) != null;
  }

  /**
   * Runs what sends a message about the subject on the {@link #channel}.
   *
   * @return the script's answer, or null where there is none in time
   */
  @Nullable Object numbered(String subject, Sending sending) {
    Numbered message = sequence.next(subject);
    Object answer = sending.send(message.bytes());
    settle(message, answer);
    return answer;
  }

  private void settle(Numbered message, @Nullable Object answer) {
    if (answer == null) {
      sequence.unknown(message);
    } else {
      sequence.confirmed(message);
    }
  }

  /** Sends one message in a script of the caller's. */
  @FunctionalInterface
  interface Sending {
    @Nullable Object send(byte[] message);
  }

  byte[] channel() {
    return channel;
  }

  /**
   * Says up to which number all was sent.
   *
   * @param nextMillis when the next announcement follows; 0 where there is none
   */
  void announce(long nextMillis) {
    byte[] text = sequence.announcement(nextMillis);
    link.run(
        "ANNOUNCE",
        (commands, deadline) -> RedisFutures.within(commands.publish(channelName, text), deadline));
  }
}
