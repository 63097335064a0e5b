package dev.tenon.cache.internal;

import org.slf4j.Logger;
import org.slf4j.event.Level;

/** What code of the caller threw in a thread that has to go on, whatever it is. */
public final class Faults {

  private Faults() {}

  /** Its text, or where it cannot say that the name of its class. */
  public static String text(Throwable error) {
    try {
      return String.valueOf(error);
    } catch (Throwable speechless) {
      return error.getClass().getName();
    }
  }

  /** Logs it, whatever it is. */
  public static void log(Logger logger, Level level, String what, Throwable error) {
    try {
      logger.atLevel(level).setCause(error).log(what);
    } catch (Throwable unloggable) {
      // It cannot say what it is, or there is no room to: the thread goes on.
      logger.atLevel(level).log(what + ": " + error.getClass().getName());
    }
  }
}
