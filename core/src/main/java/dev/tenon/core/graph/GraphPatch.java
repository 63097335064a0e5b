package dev.tenon.core.graph;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;

/**
 * What changes in one stored graph: all of it or nothing.
 *
 * <p>Edges are addressed by id, never by their place in the document. Added edges may join nodes
 * that the same patch adds. Immutable.
 */
public final class GraphPatch {

  private final List<Node> addedNodes;
  private final List<Edge> addedEdges;
  private final Map<String, Change> changes;
  private final Set<String> removedEdges;

  /** What is set on one edge; the attributes are merged, key by key, into those that it has. */
  record Change(OptionalDouble confidence, Optional<Attributes> attributes) {

    static final Change NOTHING = new Change(OptionalDouble.empty(), Optional.empty());
  }

  private GraphPatch(Builder builder) {
    addedNodes = List.copyOf(builder.addedNodes.values());
    addedEdges = List.copyOf(builder.addedEdges.values());
    changes = Map.copyOf(builder.changes);
    removedEdges = Set.copyOf(builder.removedEdges);
  }

  /** An empty patch to fill. */
  public static Builder builder() {
    return new Builder();
  }

  List<Node> addedNodes() {
    return addedNodes;
  }

  List<Edge> addedEdges() {
    return addedEdges;
  }

  Map<String, Change> changes() {
    return changes;
  }

  Set<String> removedEdges() {
    return removedEdges;
  }

  List<String> addedNodeIds() {
    return addedNodes.stream().map(Node::id).toList();
  }

  List<String> addedEdgeIds() {
    return addedEdges.stream().map(Edge::id).toList();
  }

  /** The edges that must be there already, in a fixed order. */
  Set<String> touchedEdges() {
    Set<String> touched = new TreeSet<>(changes.keySet());
    touched.addAll(removedEdges);
    return touched;
  }

  /** The nodes that added edges join and the patch does not add itself. */
  Set<String> joinedNodes() {
    Set<String> joined = new TreeSet<>();
    for (Edge edge : addedEdges) {
      joined.add(edge.from());
      joined.add(edge.to());
    }
    addedNodeIds().forEach(joined::remove);
    return joined;
  }

  /** Collects a {@link GraphPatch}; each call rejects what no graph could take. */
  public static final class Builder {

    private static final String WHERE = "GraphPatch";

    private final Map<String, Node> addedNodes = new LinkedHashMap<>();
    private final Map<String, Edge> addedEdges = new LinkedHashMap<>();
    private final Map<String, Change> changes = new LinkedHashMap<>();
    private final Set<String> removedEdges = new LinkedHashSet<>();

    private Builder() {}

    /**
     * Adds a node at the end of the document's nodes.
     *
     * @throws InvalidDataException if the patch adds a node of this id already
     */
    public Builder addNode(Node node) {
      if (addedNodes.putIfAbsent(node.id(), node) != null) {
        throw Refusals.duplicateNode(node.id(), WHERE);
      }
      return this;
    }

    /**
     * Adds an edge at the end of the document's edges.
     *
     * @throws InvalidDataException if the patch names an edge of this id already
     */
    public Builder addEdge(Edge edge) {
      requireUnnamed(edge.id(), changes.containsKey(edge.id()));
      addedEdges.put(edge.id(), edge);
      return this;
    }

    /**
     * Removes an edge.
     *
     * @throws InvalidDataException if the patch names an edge of this id already
     */
    public Builder removeEdge(String edgeId) {
      Checks.identifier("edge", edgeId);
      requireUnnamed(edgeId, changes.containsKey(edgeId));
      removedEdges.add(edgeId);
      return this;
    }

    /**
     * Gives an edge another confidence.
     *
     * @param confidence above 0, at most 1
     * @throws InvalidDataException if the confidence is outside (0, 1], or the patch adds, removes
     *     or gives a confidence to this edge already
     */
    public Builder changeConfidence(String edgeId, double confidence) {
      Checks.identifier("edge", edgeId);
      Checks.confidence(confidence, () -> Checks.edge(edgeId));
      Change change = changes.getOrDefault(edgeId, Change.NOTHING);
      requireUnnamed(edgeId, change.confidence.isPresent());
      changes.put(edgeId, new Change(OptionalDouble.of(confidence), change.attributes));
      return this;
    }

    /**
     * Sets attributes of an edge; keys that are not named keep their values.
     *
     * @throws InvalidDataException if the attributes hold a key that the edge itself has, or the
     *     patch adds, removes or gives attributes to this edge already
     */
    public Builder changeAttributes(String edgeId, Attributes attributes) {
      Checks.identifier("edge", edgeId);
      attributes.requireWithout(Attributes.OF_EDGE, () -> Checks.edge(edgeId));
      Change change = changes.getOrDefault(edgeId, Change.NOTHING);
      requireUnnamed(edgeId, change.attributes.isPresent());
      changes.put(edgeId, new Change(change.confidence, Optional.of(attributes)));
      return this;
    }

    /**
     * The patch.
     *
     * @throws UsageException if nothing was asked
     */
    public GraphPatch build() {
      if (addedNodes.isEmpty()
          && addedEdges.isEmpty()
          && changes.isEmpty()
          && removedEdges.isEmpty()) {
        throw new UsageException(
            Problem.what("the patch is empty")
                .where(WHERE)
                .why("it would raise the version of the graph and change nothing")
                .fix("add, change or remove something, or do not patch"));
      }
      return new GraphPatch(this);
    }

    private void requireUnnamed(String edgeId, boolean alreadyChanged) {
      if (alreadyChanged || addedEdges.containsKey(edgeId) || removedEdges.contains(edgeId)) {
        throw new InvalidDataException(
            Problem.what("the patch names " + Checks.edge(edgeId) + " twice")
                .where(WHERE)
                .why("the parts of a patch have no order, so the result would be ambiguous")
                .fix("name the edge once, or patch twice"));
      }
    }
  }
}
