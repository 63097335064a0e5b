package dev.tenon.testkit.servers;

import java.io.IOException;

/**
 * One way to get a server.
 *
 * @param name how the user knows it
 * @param opener finds or starts the server
 */
record ServerSource<T>(String name, Opener<T> opener) {
  /** Finds or starts a server; an {@link IOException} means that this source has none. */
  @FunctionalInterface
  interface Opener<T> {
    T open() throws IOException;
  }
}
