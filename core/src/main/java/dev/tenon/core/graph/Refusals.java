package dev.tenon.core.graph;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.StaleVersionException;

/** Every refusal that names a node, an edge or a graph, worded once. */
final class Refusals {

  private Refusals() {}

  static InvalidDataException duplicateNode(String node, String where) {
    return new InvalidDataException(
        Problem.what(Checks.node(node) + " is there twice")
            .where(where)
            .why("an id names one node of a graph")
            .fix("give each node an id of its own"));
  }

  static InvalidDataException duplicateEdge(String edge, String where) {
    return new InvalidDataException(
        Problem.what(Checks.edge(edge) + " is there twice")
            .where(where)
            .why("an id names one edge of a graph; patches address edges by it")
            .fix("give each edge an id of its own, or change the edge that is there"));
  }

  static InvalidDataException dangling(Edge edge, String node, String where) {
    return new InvalidDataException(
        Problem.what(
                Checks.edge(edge.id(), edge.from(), edge.to())
                    + " leads to a missing node '"
                    + Checks.shown(node)
                    + "'")
            .where(where)
            .why("both ends of an edge must be nodes of its graph")
            .fix("add the node '" + Checks.shown(node) + "', or correct the edge"));
  }

  static InvalidDataException selfLoop(Edge edge, String where) {
    return new InvalidDataException(
        Problem.what(
                "the edge '"
                    + Checks.shown(edge.id())
                    + "' leads from the node '"
                    + Checks.shown(edge.from())
                    + "' to itself")
            .where(where)
            .why("the repository rejects self loops, which is its default")
            .fix("drop the edge, or build the repository with SelfLoops.ALLOWED"));
  }

  static InvalidDataException longId(Edge edge, String where) {
    return new InvalidDataException(
        Problem.what(
                Checks.edge(edge.id(), edge.from(), edge.to())
                    + " has an id of more than "
                    + EdgeTable.LONGEST_ID
                    + " bytes, its own or a node's")
            .where(where)
            .why("the table of edges has them in an index")
            .fix("use shorter ids, or leave the table of edges out"));
  }

  static NotFoundException missingEdge(String edge, String where) {
    return new NotFoundException(
        Problem.what(Checks.edge(edge) + " is not in the graph")
            .where(where)
            .why("a patch changes and removes only edges that are there")
            .fix("read the graph and patch an edge that it has, or add the edge"));
  }

  static NotFoundException missingNode(String node, String where) {
    return new NotFoundException(
        Problem.what(Checks.node(node) + " is not in the graph")
            .where(where)
            .why("only nodes of the graph can be named")
            .fix("pass the id of a node that the graph has"));
  }

  static NotFoundException missingGraph(String where) {
    return new NotFoundException(
        Problem.what("there is no " + where)
            .where(where)
            .why("it was never inserted, was deleted, or belongs to another tenant")
            .fix("insert it first, or use the id of a graph of this tenant"));
  }

  static ServerException keptGraph(String where) {
    return new ServerException(
        Problem.what("the " + where + " was not deleted")
            .where(where)
            .why("a trigger or a rule of the table suppressed it")
            .fix("look at the triggers and rules of the table"));
  }

  static StaleVersionException stale(String where, Object id, long expected, long actual) {
    return new StaleVersionException(
        Problem.what("version " + expected + " was expected and version " + actual + " found")
            .where(where)
            .why("somebody changed the graph since it was read")
            .fix("read it again, and change that version"),
        id,
        expected,
        actual);
  }
}
