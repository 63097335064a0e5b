package dev.tenon.cache.ephemeral;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** The parts that a script answered: numbers and bytes, in the order that it wrote them. */
record Answer(List<?> parts) {

  int size() {
    return parts.size();
  }

  long number(int index) {
    return (Long) parts.get(index);
  }

  byte[] bytes(int index) {
    return (byte[]) parts.get(index);
  }

  String text(int index) {
    return new String(bytes(index), StandardCharsets.UTF_8);
  }
}
