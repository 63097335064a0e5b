package dev.tenon.testkit.servers;

/** A server from one of the sources, as far as it does not matter what it serves. */
interface ServerBackend {
  /** What it is and where, for the line that tells of the choice. */
  String description();

  String host();

  int port();

  /** Whether other JVMs use it too, so that what we make there must be removed. */
  default boolean outlivesUs() {
    return false;
  }

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
