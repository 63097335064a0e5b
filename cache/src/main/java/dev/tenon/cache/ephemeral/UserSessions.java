package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.RedisScript;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of users: each ends some time after its last use, and at the latest some time after
 * it was made.
 *
 * <p>Attributes are stored one by one, so two requests that set different ones lose nothing; for
 * one that is made from itself there is {@link #update}. Every use of a session renews it, but for
 * its latest end. All sessions of a user are in one slot of a Redis Cluster. An identifier that is
 * none, or another tenant's, is one that is not there. One round trip for each call. Safe for use
 * by many threads.
 *
 * <p>Every call throws a {@link RetryableException} if Redis did not answer, and a {@link
 * ServerException} if it refused.
 */
public final class UserSessions {

  private static final int MOST_ATTRIBUTES = 64;
  private static final int OWN_FIELDS = 3;
  private static final int MOST_UPDATES = 20;
  private static final String ATTRIBUTE = "a:";

  private final Space space;
  private final Duration idle;
  private final Duration longest;
  private final SecureRandom random = new SecureRandom();

  UserSessions(Space space, Duration idle, Duration longest) {
    this.space = space;
    this.idle = Arguments.duration("Ephemeral.sessions", "idle", idle);
    this.longest = Arguments.duration("Ephemeral.sessions", "longest", longest);
    if (idle.compareTo(longest) > 0) {
      throw new UsageException(
          Problem.what("idle is " + idle + " and longest is " + longest)
              .where("Ephemeral.sessions")
              .why("a session that is not used would outlive its latest end")
              .fix("pass an idle time of at most the longest"));
    }
  }

  /**
   * Makes a session.
   *
   * @throws InvalidDataException if the user is null or longer than 512 characters
   */
  public UserSession create(Owner owner, String user) {
    byte[] name = Arguments.text(space.where("UserSessions.create"), "user", user);
    SessionId id = SessionId.create(random, SessionId.userDigest(name));
    Answer answer =
        ask("create", SessionScripts.CREATE, owner, id, Arguments.millis(longest), name);
    return new UserSession(
        id.text(),
        user,
        Instant.ofEpochMilli(answer.number(0)),
        Instant.ofEpochMilli(answer.number(1)),
        Map.of());
  }

  /** The session of that identifier, which is a use of it. */
  public Optional<UserSession> find(Owner owner, String id) {
    return parse(id)
        .flatMap(known -> session(known, ask("find", SessionScripts.FIND, owner, known)));
  }

  /**
   * Sets an attribute, whatever it was.
   *
   * @return false if there is no such session
   * @throws InvalidDataException if the value cannot be encoded or has more than 1 MiB, or the
   *     session has 64 attributes
   */
  public <V> boolean put(Owner owner, String id, UserSession.Attribute<V> attribute, V value) {
    byte[] bytes = encoded(attribute, value);
    return parse(id).map(known -> put(owner, known, attribute, bytes)).orElse(false);
  }

  /**
   * Makes an attribute from what it is, without losing what another request makes of it meanwhile:
   * the function may run several times. Two round trips, and two more for each run.
   *
   * @return false if there is no such session
   * @throws InvalidDataException as {@link #put}
   * @throws RetryableException also if others changed the attribute 20 times meanwhile
   */
  public <V> boolean update(
      Owner owner, String id, UserSession.Attribute<V> attribute, Function<Optional<V>, V> change) {
    for (int run = 0; run < MOST_UPDATES; run++) {
      Optional<UserSession> session = find(owner, id);
      if (session.isEmpty()) {
        return false;
      }
      byte @Nullable [] old = session.get().stored(attribute);
      byte[] bytes = encoded(attribute, change.apply(session.get().get(attribute)));
      byte[] condition = Arguments.ascii(old == null ? "absent" : "equal");
      SessionId known = parse(id).orElseThrow();
      Boolean isPut =
          old == null
              ? put(owner, known, attribute, bytes, condition)
              : put(owner, known, attribute, bytes, condition, old);
      if (isPut == null || isPut) {
        return isPut != null;
      }
    }
    throw new RetryableException(
        Problem.what("others changed the attribute '" + attribute.name() + "' each time")
            .where(space.where("UserSessions.update"))
            .why("many requests of one session change it")
            .fix("try again, or split the attribute"));
  }

  /** Removes an attribute; false if there is no such session. */
  public boolean remove(Owner owner, String id, UserSession.Attribute<?> attribute) {
    return parse(id)
        .map(
            known ->
                ask("remove", SessionScripts.REMOVE, owner, known, field(attribute)).size() > 0)
        .orElse(false);
  }

  /**
   * Gives a session another identifier, for when its user has logged in or got more rights; the one
   * before is not there any more.
   */
  public Optional<UserSession> renew(Owner owner, String id) {
    return parse(id)
        .flatMap(
            known -> {
              SessionId next = SessionId.create(random, known.userDigest());
              String[] keys = keys("renew", owner, known);
              return session(
                  next,
                  space.ask(
                      "UserSessions.renew",
                      SessionScripts.RENAME,
                      new String[] {keys[0], keys[1], keys("renew", owner, next)[0]},
                      Arguments.millis(idle),
                      Arguments.ascii(known.secretDigest()),
                      Arguments.ascii(next.secretDigest())));
            });
  }

  /** Ends a session; false if there is no such session. */
  public boolean revoke(Owner owner, String id) {
    return parse(id)
        .map(known -> ask("revoke", SessionScripts.REVOKE, owner, known).number(0) == 1)
        .orElse(false);
  }

  /** Ends all sessions of a user, and says how many there were. */
  public long revokeAll(Owner owner, String user) {
    String operation = "UserSessions.revokeAll";
    String digest = SessionId.userDigest(Arguments.text(space.where(operation), "user", user));
    String tag = space.tag(operation, owner, digest);
    return space
        .ask(
            operation,
            SessionScripts.REVOKE_ALL,
            new String[] {tag + "index"},
            Arguments.ascii(tag + "session:"))
        .number(0);
  }

  private Optional<SessionId> parse(String id) {
    return SessionId.parse(Required.require(id, "session identifier", "UserSessions"));
  }

  private boolean put(Owner owner, SessionId id, UserSession.Attribute<?> attribute, byte[] value) {
    return put(owner, id, attribute, value, new byte[0]) != null;
  }

  /** Whether it was as it must be; null if there is no such session. */
  private @Nullable Boolean put(
      Owner owner,
      SessionId id,
      UserSession.Attribute<?> attribute,
      byte[] value,
      byte[]... condition) {
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(field(attribute));
    arguments.add(value);
    arguments.add(Arguments.number(MOST_ATTRIBUTES + OWN_FIELDS));
    arguments.addAll(List.of(condition));
    Answer answer = ask("put", SessionScripts.PUT, owner, id, arguments.toArray(byte[][]::new));
    if (answer.size() > 0 && answer.number(0) < 0) {
      throw new InvalidDataException(
          Problem.what("the session has " + MOST_ATTRIBUTES + " attributes")
              .where(space.where("UserSessions.put"))
              .why("all of them are read with the session")
              .fix("keep fewer, or remove some"));
    }
    return answer.size() == 0 ? null : Boolean.valueOf(answer.number(0) == 1);
  }

  private <V> byte[] encoded(UserSession.Attribute<V> attribute, V value) {
    return Arguments.encoded(space.where("UserSessions.put"), attribute.codec(), value);
  }

  private static byte[] field(UserSession.Attribute<?> attribute) {
    return Arguments.ascii(ATTRIBUTE + attribute.name());
  }

  private Answer ask(
      String operation, RedisScript script, Owner owner, SessionId id, byte[]... more) {
    byte[][] arguments = new byte[2 + more.length][];
    arguments[0] = Arguments.millis(idle);
    arguments[1] = Arguments.ascii(id.secretDigest());
    System.arraycopy(more, 0, arguments, 2, more.length);
    return space.ask("UserSessions." + operation, script, keys(operation, owner, id), arguments);
  }

  /** {@code {…:user}:session:digest}, {@code {…:user}:index}. */
  private String[] keys(String operation, Owner owner, SessionId id) {
    String tag = space.tag("UserSessions." + operation, owner, id.userDigest());
    return new String[] {tag + "session:" + id.secretDigest(), tag + "index"};
  }

  private static Optional<UserSession> session(SessionId id, Answer answer) {
    if (answer.size() == 0) {
      return Optional.empty();
    }
    Map<String, byte[]> own = new HashMap<>();
    Map<String, byte[]> attributes = new HashMap<>();
    for (int i = 0; i < answer.size(); i += 2) {
      String field = answer.text(i);
      if (field.startsWith(ATTRIBUTE)) {
        attributes.put(field.substring(ATTRIBUTE.length()), answer.bytes(i + 1));
      } else {
        own.put(field, answer.bytes(i + 1));
      }
    }
    return Optional.of(
        new UserSession(
            id.text(),
            text(own, "user"),
            Instant.ofEpochMilli(Long.parseLong(text(own, "created"))),
            Instant.ofEpochMilli(Long.parseLong(text(own, "ends"))),
            attributes));
  }

  private static String text(Map<String, byte[]> fields, String name) {
    return new String(fields.getOrDefault(name, new byte[0]), StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "UserSessions[" + space.name() + ", idle=" + idle + ", longest=" + longest + "]";
  }
}
