package dev.tenon.examples.benchmarks;

import dev.tenon.vector.Embedding;
import java.util.UUID;

/** What is searched. */
record Document(UUID id, String title, Embedding embedding) {

  /** What a search returns: the embedding stays on the server. */
  record Title(UUID id, String title) {}
}
