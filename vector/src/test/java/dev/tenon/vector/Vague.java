package dev.tenon.vector;

import org.jspecify.annotations.NullUnmarked;

/** What code without null checks hands over. */
@NullUnmarked
final class Vague {

  private Vague() {}

  static <T> T of(T value) {
    return value;
  }
}
