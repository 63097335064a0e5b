package dev.tenon.examples.quickstart;

import java.time.Instant;
import java.util.UUID;

/**
 * Something that went wrong.
 *
 * @param hostId where it was noticed
 * @param rootService the service that the alarm names first
 * @param service the service whose customers notice
 * @param version counts its changes
 */
record Incident(
    UUID id,
    UUID hostId,
    String title,
    String rootService,
    String service,
    Instant startedAt,
    int version) {}
