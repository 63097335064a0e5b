package dev.tenon.testkit.servers;

/**
 * A server that somebody else runs.
 *
 * @param name what it is
 */
record ExternalServer(String name, String host, int port) implements ServerBackend {

  @Override
  public String description() {
    return name + " on " + host + ":" + port;
  }

  @Override
  public boolean outlivesUs() {
    return true;
  }

  @Override
  public void close() {}
}
