package dev.tenon.examples.quickstart;

import dev.tenon.vector.Embedding;
import java.util.UUID;

/** What to do when something breaks, as a row that is found by its meaning. */
record Runbook(
    UUID id,
    String slug,
    String title,
    String service,
    String severity,
    String body,
    Embedding embedding) {

  /** A runbook in a list: without its text and vector, which need not travel. */
  record Brief(UUID id, String slug, String title, String service, String severity) {}
}
