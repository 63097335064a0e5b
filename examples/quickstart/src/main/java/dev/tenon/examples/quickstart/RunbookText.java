package dev.tenon.examples.quickstart;

import dev.tenon.core.UuidV7;
import dev.tenon.vector.Embedding;

/**
 * A runbook as it lies in its file.
 *
 * @param slug its name within the fleet
 * @param severity low, medium, high or critical
 */
record RunbookText(String slug, String title, String service, String severity, String body) {

  /** What is embedded: a question may match the title as well as the text. */
  String text() {
    return title + ". " + body;
  }

  /** The row of it, with the vector of its text. */
  Runbook embedded(Embedding embedding) {
    return new Runbook(UuidV7.next(), slug, title, service, severity, body, embedding);
  }
}
