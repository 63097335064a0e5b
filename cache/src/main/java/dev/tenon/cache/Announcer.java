package dev.tenon.cache;

import dev.tenon.cache.Sequence.Numbered;
import dev.tenon.cache.internal.RedisLink;
import dev.tenon.cache.internal.RedisScript;
import java.nio.charset.StandardCharsets;
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
    byte[][] more = invalidation.more();
    byte[][] arguments = new byte[2 + more.length][];
    System.arraycopy(more, 0, arguments, 2, more.length);
    return numbered(
            invalidation.subject(),
            message -> {
              arguments[0] = channel;
              arguments[1] = message;
              return link.run(invalidation.script(), invalidation.doomed(), arguments);
            })
        != null;
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
    if (answer == null) {
      sequence.unknown(message);
    } else {
      sequence.confirmed(message);
    }
    return answer;
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
        (commands, deadline) -> RedisLink.within(commands.publish(channelName, text), deadline));
  }
}
