package dev.tenon.testkit.servers;

/** A Redis server from one of the sources. */
interface RedisBackend {
  /** What it is and where, for the line that tells of the choice. */
  String description();

  String host();

  int port();

  /** The user is empty for the default one. */
  Credentials credentials();

  default void kill9() {
    throw new UnsupportedOperationException(description() + " is not ours to kill");
  }

  default void restart() {
    throw new UnsupportedOperationException(description() + " is not ours to restart");
  }

  default String log() {
    return "";
  }

  void close();
}
