package dev.tenon.core.graph;

/** What one search may still do within {@link Traversal.Limits}; for one thread. */
final class Budget {

  private int nodes;
  private int edges;
  private boolean spent;

  Budget(Traversal.Limits limits) {
    nodes = limits.maxNodes();
    edges = limits.maxEdges();
  }

  /** Takes one visit of a node; false if none is left. */
  boolean visit() {
    spent |= nodes == 0;
    nodes -= spent ? 0 : 1;
    return !spent;
  }

  /** Takes one look at an edge; false if none is left. */
  boolean look() {
    spent |= edges == 0;
    edges -= spent ? 0 : 1;
    return !spent;
  }

  /** Whether more was asked than there was. */
  boolean isSpent() {
    return spent;
  }
}
