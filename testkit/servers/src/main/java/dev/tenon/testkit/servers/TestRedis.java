package dev.tenon.testkit.servers;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A Redis database of one test.
 *
 * <p><b>Creation:</b> the first number from 1 up that nobody has claimed, emptied. <b>Scope:</b>
 * whoever asked for it; a claim is a key in database 0 that lapses after two hours. <b>Cleanup:</b>
 * {@link #close()} empties and releases it; other databases are never touched. Channels are not
 * divided by database, so begin their names with {@link #prefix()}.
 */
public final class TestRedis implements AutoCloseable {
  private static final String CLAIM = "tenon:testkit:claim:";
  private static final String CLAIM_SECONDS = "7200";

  private final RedisServer server;
  private final int number;
  private final String secret;
  private final AtomicBoolean closed = new AtomicBoolean();

  private TestRedis(RedisServer server, int number, String secret) {
    this.server = server;
    this.number = number;
    this.secret = secret;
  }

  /** A fresh database on the server that the tests of this JVM share. */
  public static TestRedis create() {
    return RedisServer.shared().database();
  }

  static TestRedis claim(RedisServer server) {
    String secret = Secrets.random();
    try (RedisConnection redis = server.connect()) {
      int databases = Integer.parseInt(redis.call("CONFIG", "GET", "databases"));
      for (int number = 1; number < databases; number++) {
        if (redis.call("SET", CLAIM + number, secret, "NX", "EX", CLAIM_SECONDS).equals("OK")) {
          redis.call("SELECT", Integer.toString(number));
          redis.call("FLUSHDB");
          return new TestRedis(server, number, secret);
        }
      }
      throw new TestServerException(
          "all "
              + databases
              + " databases of "
              + server.description()
              + " are in use; close each"
              + " TestRedis, or delete the keys "
              + CLAIM
              + "* of database 0");
    } catch (IOException e) {
      throw new TestServerException(
          server.description() + " gave no database: " + e.getMessage(), e);
    }
  }

  /** The server that it is on. */
  public RedisServer server() {
    return server;
  }

  /** The number of the database. */
  public int number() {
    return number;
  }

  /** The URI, with password and database number. */
  public URI uri() {
    return server.uri(number);
  }

  /** A beginning for the names of channels that no other test uses. */
  public String prefix() {
    return "t" + secret.substring(0, 8) + ":";
  }

  /** Empties the database and gives it back; harmless if the server is gone. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try (RedisConnection redis = server.connect()) {
      if (redis.call("GET", CLAIM + number).equals(secret)) {
        redis.call("SELECT", Integer.toString(number));
        redis.call("FLUSHDB");
        redis.call("SELECT", "0");
        redis.call("DEL", CLAIM + number);
      }
    } catch (IOException e) {
      // A test that killed its server has nothing to give back.
      closed.set(true);
    }
  }

  @Override
  public String toString() {
    return "TestRedis[" + server.host() + ":" + server.port() + "/" + number + "]";
  }
}
