package dev.tenon.examples.quickstart;

import java.util.UUID;

/**
 * A machine of a fleet.
 *
 * @param version counts its changes
 */
record Host(UUID id, String name, String role, int cores, int version) {}
