package dev.tenon.cache.ephemeral;

import org.slf4j.Logger;

/** What code of the caller threw in a thread that has to go on, whatever it is. */
final class Faults {

  private Faults() {}

  /** Its text, or where it cannot say that the name of its class. */
  static String text(Throwable error) {
    try {
      return String.valueOf(error);
    } catch (Throwable speechless) {
      return error.getClass().getName();
    }
  }

  static void log(Logger logger, String what, Throwable error) {
    try {
      logger.error(what, error);
    } catch (Throwable unloggable) {
      // It cannot say what it is, or there is no room to: the thread goes on.
      logger.error("{}: {}", what, error.getClass().getName());
    }
  }
}
