package dev.tenon.examples.benchmarks;

import dev.tenon.vector.Embedding;
import java.util.UUID;

/** A text with its embedding, and one number for each {@link Share} that a filter looks at. */
record Passage(
    UUID id, String text, int half, int tenth, int hundredth, int thousandth, Embedding embedding) {

  /** What a search returns: the embedding stays on the server. */
  record Title(UUID id, String text) {}
}
