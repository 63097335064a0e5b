package dev.tenon.testkit.servers;

import java.util.Map;

/** A PostgreSQL server from one of the sources. */
interface PostgresBackend {
  /** What it is and where, for the line that tells of the choice. */
  String description();

  String host();

  int port();

  /** Connection parameters beyond host, port, database and credentials. */
  Map<String, String> parameters();

  Credentials superuser();

  /** The program to paste into a shell. */
  default String psqlProgram() {
    return "psql";
  }

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
