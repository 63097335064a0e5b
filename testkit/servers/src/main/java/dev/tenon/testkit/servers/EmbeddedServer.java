package dev.tenon.testkit.servers;

import dev.tenon.testkit.servers.internal.bundle.Bundle;
import dev.tenon.testkit.servers.internal.bundle.CacheDirectory;
import dev.tenon.testkit.servers.internal.process.FreePort;
import dev.tenon.testkit.servers.internal.process.RunDirectory;
import dev.tenon.testkit.servers.internal.process.ServerUser;
import dev.tenon.testkit.servers.internal.process.SupervisedServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/** A server out of the bundle, on a free port of 127.0.0.1. */
final class EmbeddedServer implements ServerBackend {
  static final String HOST = "127.0.0.1";

  private static final int ATTEMPTS = 5;

  private final String name;
  private final Place place;
  private final SupervisedServer process;

  private EmbeddedServer(String name, Place place, SupervisedServer process) {
    this.name = name;
    this.place = place;
    this.process = process;
  }

  /**
   * Where a server is to be started.
   *
   * @param cache for what is made once and copied for every server
   * @param port the one that it is to listen on
   */
  record Place(Path cache, Bundle bundle, ServerUser user, int port) {}

  /** Makes a new directory of a server, and says how to start it. */
  @FunctionalInterface
  interface Preparation {
    SupervisedServer.Launch at(Place place) throws IOException;
  }

  /**
   * Starts a server.
   *
   * @param name what it is
   * @param preparation is asked again with another port where somebody took the first
   * @throws IOException if it does not start, or the bundle cannot be used here, with the reason
   */
  static EmbeddedServer start(String name, Preparation preparation) throws IOException {
    Optional<String> objection = Bundle.objection();
    if (objection.isPresent()) {
      throw new IOException(objection.get());
    }
    Path cache = CacheDirectory.locate();
    Bundle bundle = Bundle.unpackedIn(cache);
    ServerUser user = ServerUser.choose();
    for (int attempt = 1; ; attempt++) {
      Place place = new Place(cache, bundle, user, FreePort.pick());
      SupervisedServer.Launch launch = preparation.at(place);
      try {
        return new EmbeddedServer(name, place, SupervisedServer.start(launch));
      } catch (IOException e) {
        // Between picking a port and listening on it, somebody else may have taken it.
        if (attempt == ATTEMPTS || !String.valueOf(e.getMessage()).contains("already in use")) {
          throw e;
        }
      }
    }
  }

  @Override
  public String description() {
    return name + " of the bundle on " + HOST + ":" + port();
  }

  @Override
  public String host() {
    return HOST;
  }

  @Override
  public int port() {
    return place.port();
  }

  /** The path of another program of the bundle. */
  String program(String program) {
    return place.bundle().program(program).toString();
  }

  RunDirectory directory() {
    return process.directory();
  }

  long processId() {
    return process.processId();
  }

  @Override
  public void kill9() {
    process.kill9();
  }

  @Override
  public void restart() {
    try {
      process.restart();
    } catch (IOException e) {
      throw new TestServerException(name + " did not start again: " + e.getMessage(), e);
    }
  }

  @Override
  public String log() {
    try {
      return process.directory().log();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      process.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
