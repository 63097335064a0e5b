package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.RedisScript;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Who is online, exactly: a member is until some time after its last sign of life.
 *
 * <p>One round trip for each call. Safe for use by many threads.
 *
 * <p>Every call throws an {@link InvalidDataException} for an identifier or member that is null or
 * longer than 512 characters, a {@link RetryableException} if Redis did not answer and a {@link
 * ServerException} if it refused.
 */
public final class Presence {

  private static final int MOST = 1_000;

  /** KEYS: members by the time of their last sign. ARGV: microseconds that they are online. */
  private static final String NOW =
      """
      local time = redis.call('time')
      local now = time[1] * 1000000 + time[2]
      local gone = string.format('%.0f', now - tonumber(ARGV[1]))
      """;

  /** ARGV also: member. Answers {@code {{1}}}. */
  private static final RedisScript SIGN =
      RedisScript.of(
          "SIGN",
          NOW
              + """
      redis.call('zadd', KEYS[1], string.format('%.0f', now), ARGV[2])
      redis.call('zremrangebyscore', KEYS[1], '-inf', gone)
      redis.call('pexpire', KEYS[1], math.ceil(ARGV[1] / 1000))
      return {{1}}
      """);

  /** KEYS: members. ARGV: nothing, member. Answers {@code {{removed}}}. */
  private static final RedisScript LEAVE =
      RedisScript.of("LEAVE", "return {{redis.call('zrem', KEYS[1], ARGV[2])}}");

  /** Answers {@code {{count}}}. */
  private static final RedisScript COUNT =
      RedisScript.of(
          "ONLINE", NOW + "return {{redis.call('zcount', KEYS[1], '(' .. gone, '+inf')}}\n");

  /** ARGV also: member. Answers {@code {{1}}} or {@code {{0}}}. */
  private static final RedisScript IS_ONLINE =
      RedisScript.of(
          "IS_ONLINE",
          NOW
              + """
      local last = redis.call('zscore', KEYS[1], ARGV[2])
      return {{last and tonumber(last) > tonumber(gone) and 1 or 0}}
      """);

  /** ARGV also: count. Answers {@code {{member, …}}}, the last sign first. */
  private static final RedisScript MEMBERS =
      RedisScript.of(
          "MEMBERS",
          NOW
              + """
      return {redis.call('zrange', KEYS[1], '+inf', '(' .. gone, 'byscore', 'rev',
          'limit', 0, ARGV[2])}
      """);

  private final Space space;
  private final Duration timeout;

  Presence(Space space, Duration timeout) {
    this.space = space;
    this.timeout = Arguments.duration("Ephemeral.presence", "timeout", timeout);
  }

  /** A member gives a sign of life. */
  public void sign(Owner owner, String identifier, String member) {
    var unused = ask("sign", SIGN, owner, identifier, member("sign", member));
  }

  /** A member goes; false if it was not there. */
  public boolean leave(Owner owner, String identifier, String member) {
    return ask("leave", LEAVE, owner, identifier, member("leave", member)).number(0) == 1;
  }

  public boolean isOnline(Owner owner, String identifier, String member) {
    return ask("isOnline", IS_ONLINE, owner, identifier, member("isOnline", member)).number(0) == 1;
  }

  /** How many are online. */
  public long count(Owner owner, String identifier) {
    return ask("count", COUNT, owner, identifier).number(0);
  }

  /**
   * Who is online, the last sign of life first.
   *
   * @param most how many at most, 1 to 1,000
   * @throws UsageException if it is out of range
   */
  public List<String> members(Owner owner, String identifier, int most) {
    Arguments.between(space.where("Presence.members"), "most", most, 1, MOST);
    Answer answer = ask("members", MEMBERS, owner, identifier, Arguments.number(most));
    List<String> members = new ArrayList<>();
    for (int i = 0; i < answer.size(); i++) {
      members.add(answer.text(i));
    }
    return members;
  }

  private byte[] member(String operation, String member) {
    return Arguments.text(space.where("Presence." + operation), "member", member);
  }

  private Answer ask(
      String operation, RedisScript script, Owner owner, String identifier, byte[]... more) {
    byte[][] arguments = new byte[1 + more.length][];
    arguments[0] = Arguments.number(timeout.toMillis() * 1_000);
    System.arraycopy(more, 0, arguments, 1, more.length);
    String tag = space.tag("Presence." + operation, owner, identifier);
    return space.ask("Presence." + operation, script, new String[] {tag + "online"}, arguments);
  }

  @Override
  public String toString() {
    return "Presence[" + space.name() + ", timeout=" + timeout + "]";
  }
}
