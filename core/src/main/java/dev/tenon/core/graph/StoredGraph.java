package dev.tenon.core.graph;

import java.util.UUID;

/**
 * A graph as it was read.
 *
 * @param id its key, unique for its tenant
 * @param version 1 when inserted, one more with each patch
 * @param graph the document
 */
public record StoredGraph(UUID id, long version, Graph graph) {}
