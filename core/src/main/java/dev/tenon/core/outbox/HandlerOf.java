package dev.tenon.core.outbox;

/**
 * A handler of either kind.
 *
 * @param most how many events it takes at once
 */
record HandlerOf(int most, Relay.BatchHandler handler) {

  boolean takesMany() {
    return most > 1;
  }
}
