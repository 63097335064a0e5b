package dev.tenon.examples.quickstart;

import java.util.UUID;

/**
 * What to do when something breaks.
 *
 * @param slug its name within the fleet
 * @param severity low, medium, high or critical
 */
record Runbook(UUID id, String slug, String title, String service, String severity, String body) {

  /** What is embedded: a question may match the title as well as the text. */
  String text() {
    return title + ". " + body;
  }
}
