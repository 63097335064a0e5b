package dev.tenon.examples.benchmarks;

import dev.tenon.vector.Embedding;
import java.util.UUID;

/** What is searched by vector and by words. */
record Article(UUID id, String title, String body, Embedding embedding) {

  /** The columns that have words. */
  record Text(UUID id, String title, String body) {}

  /** What a search returns: embedding and body stay on the server. */
  record Title(UUID id, String title) {}

  /** What is asked for. */
  record Query(Embedding vector, String words) {}
}
