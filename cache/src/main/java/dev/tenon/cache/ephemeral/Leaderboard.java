package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.RedisScript;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Members in the order of their scores, by board.
 *
 * <p>Members of one score have one rank, the number of members before them and one; they stand in
 * the order of their UTF-8 bytes. A board expires some time after a score was set last. One round
 * trip for each call. Safe for use by many threads.
 *
 * <p>Every call throws a {@link UsageException} for a count out of range, an {@link
 * InvalidDataException} for a board or member that is null or longer than 512 characters, a {@link
 * RetryableException} if Redis did not answer and a {@link ServerException} if it refused.
 */
public final class Leaderboard {

  /** Which score comes first. */
  public enum Order {
    HIGHEST_FIRST,
    LOWEST_FIRST
  }

  /**
   * Where a member stands.
   *
   * @param rank from 1; equal for equal scores, and then as many are left out
   */
  public record Standing(String member, long score, long rank) {}

  private static final long LARGEST_SCORE = 1L << 52;
  private static final int MOST = 1_000;

  /** KEYS: board. ARGV: member, score, milliseconds. Answers {@code {{1}}}. */
  private static final RedisScript SET =
      RedisScript.of(
          "SET_SCORE",
          """
      redis.call('zadd', KEYS[1], ARGV[2], ARGV[1])
      redis.call('pexpire', KEYS[1], ARGV[3])
      return {{1}}
      """);

  /** Answers {@code {{}}} where the score would be larger. */
  private static final String MORE =
      """
      local score = tonumber(redis.call('zscore', KEYS[1], ARGV[1]) or '0') + tonumber(ARGV[2])
      if math.abs(score) > tonumber(ARGV[4]) then return {{}} end
      local text = string.format('%.0f', score)
      redis.call('zadd', KEYS[1], text, ARGV[1])
      redis.call('pexpire', KEYS[1], ARGV[3])
      """;

  /** KEYS: board. ARGV: member, points, milliseconds, largest score. Answers {@code {{score}}}. */
  private static final RedisScript ADD = RedisScript.of("ADD_SCORE", MORE + "return {{score}}");

  /** KEYS and ARGV of {@link #ADD}. Answers a range of one. */
  private static final RedisScript ADD_AND_FIND =
      RedisScript.of(
          "ADD_AND_FIND",
          MORE + "return {{0, redis.call('zcount', KEYS[1], '-inf', '(' .. text), ARGV[1], text}}");

  /** KEYS: board. ARGV: member. Answers {@code {{removed}}}. */
  private static final RedisScript REMOVE =
      RedisScript.of("REMOVE_SCORE", "return {{redis.call('zrem', KEYS[1], ARGV[1])}}");

  /** KEYS: board. Answers {@code {{members}}}. */
  private static final RedisScript SIZE =
      RedisScript.of("SIZE", "return {{redis.call('zcard', KEYS[1])}}");

  /** Answers {@code {{place of the first, how many are before its score, member, score, …}}}. */
  private static final String RANGE =
      """
      local found = redis.call('zrange', KEYS[1], first, last, 'withscores')
      if #found == 0 then return {{}} end
      return {{first, redis.call('zcount', KEYS[1], '-inf', '(' .. found[2]), unpack(found)}}
      """;

  /** KEYS: board. ARGV: count. Answers a range. */
  private static final RedisScript TOP =
      RedisScript.of("TOP", "local first, last = 0, tonumber(ARGV[1]) - 1\n" + RANGE);

  /** KEYS: board. ARGV: member, how many on each side. Answers a range. */
  private static final RedisScript AROUND =
      RedisScript.of(
          "AROUND",
          """
      local place = redis.call('zrank', KEYS[1], ARGV[1])
      if not place then return {{}} end
      local first, last = math.max(0, place - tonumber(ARGV[2])), place + tonumber(ARGV[2])
      """
              + RANGE);

  private final Space space;
  private final Order order;
  private final Duration expiry;

  Leaderboard(Space space, Order order, Duration expiry) {
    this.space = space;
    this.order = Required.require(order, "order", "Ephemeral.leaderboard");
    this.expiry = Arguments.duration("Ephemeral.leaderboard", "expiry", expiry);
  }

  /**
   * Sets the score of a member, which joins the board where it is not on it.
   *
   * @throws InvalidDataException also if the score is beyond 2<sup>52</sup>
   */
  public void set(Owner owner, String board, String member, long score) {
    byte[] name = member("set", member);
    byte[] stored = Arguments.number(signed(checked("set", score)));
    var unused = ask("set", SET, owner, board, name, stored, Arguments.millis(expiry));
  }

  /**
   * Adds points, which may be negative, to a score, which is 0 where the member is not on the
   * board.
   *
   * @return the score
   * @throws InvalidDataException also if points or score are beyond 2<sup>52</sup>; the score is as
   *     it was
   */
  public long add(Owner owner, String board, String member, long points) {
    return signed(more("add", ADD, owner, board, member, points).number(0));
  }

  /** Like {@link #add}, and where the member stands with them, in the same round trip. */
  public Standing addAndFind(Owner owner, String board, String member, long points) {
    return standings(more("addAndFind", ADD_AND_FIND, owner, board, member, points)).get(0);
  }

  private Answer more(
      String operation, RedisScript script, Owner owner, String board, String member, long points) {
    byte[] name = member(operation, member);
    byte[] stored = Arguments.number(signed(checked(operation, points)));
    Answer answer =
        ask(
            operation,
            script,
            owner,
            board,
            name,
            stored,
            Arguments.millis(expiry),
            Arguments.number(LARGEST_SCORE));
    if (answer.size() == 0) {
      throw tooLarge(operation, "a score with " + points + " more points");
    }
    return answer;
  }

  /** Whether the member was on the board. */
  public boolean remove(Owner owner, String board, String member) {
    return ask("remove", REMOVE, owner, board, member("remove", member)).number(0) == 1;
  }

  /** How many members the board has. */
  public long size(Owner owner, String board) {
    return ask("size", SIZE, owner, board).number(0);
  }

  /** Where a member stands; empty if it is not on the board. */
  public Optional<Standing> find(Owner owner, String board, String member) {
    return standings(ask("find", AROUND, owner, board, member("find", member), Arguments.number(0)))
        .stream()
        .findFirst();
  }

  /**
   * The first of the board.
   *
   * @param count 1 to 1,000
   */
  public List<Standing> top(Owner owner, String board, int count) {
    Arguments.between(where("top"), "count", count, 1, MOST);
    return standings(ask("top", TOP, owner, board, Arguments.number(count)));
  }

  /**
   * A member between its neighbours; empty if it is not on the board.
   *
   * @param each how many on each side, 1 to 500
   */
  public List<Standing> around(Owner owner, String board, String member, int each) {
    Arguments.between(where("around"), "each", each, 1, MOST / 2);
    return standings(
        ask("around", AROUND, owner, board, member("around", member), Arguments.number(each)));
  }

  /** Redis sorts upwards, equal scores by their bytes: so the highest is stored as the lowest. */
  private long signed(long score) {
    return order == Order.HIGHEST_FIRST ? -score : score;
  }

  private List<Standing> standings(Answer answer) {
    List<Standing> standings = new ArrayList<>();
    for (int i = 2; i < answer.size(); i += 2) {
      long score = signed(Long.parseLong(answer.text(i + 1)));
      long rank = answer.number(0) + standings.size() + 1;
      if (standings.isEmpty()) {
        rank = answer.number(1) + 1;
      } else if (standings.get(standings.size() - 1).score() == score) {
        rank = standings.get(standings.size() - 1).rank();
      }
      standings.add(new Standing(answer.text(i), score, rank));
    }
    return standings;
  }

  private long checked(String operation, long score) {
    if (score < -LARGEST_SCORE || score > LARGEST_SCORE) {
      throw tooLarge(operation, Long.toString(score));
    }
    return score;
  }

  private InvalidDataException tooLarge(String operation, String what) {
    return new InvalidDataException(
        Problem.what(what + " is too large")
            .where(where(operation))
            .why("Redis holds whole numbers exactly up to 2^53")
            .fix("keep scores within 2^52"));
  }

  private byte[] member(String operation, String member) {
    return Arguments.text(where(operation), "member", member);
  }

  private String where(String operation) {
    return space.where("Leaderboard." + operation);
  }

  private Answer ask(
      String operation, RedisScript script, Owner owner, String board, byte[]... arguments) {
    String tag = space.tag("Leaderboard." + operation, owner, board);
    return space.ask("Leaderboard." + operation, script, new String[] {tag + "scores"}, arguments);
  }

  @Override
  public String toString() {
    return "Leaderboard[" + space.name() + ", " + order + ", expiry=" + expiry + "]";
  }
}
