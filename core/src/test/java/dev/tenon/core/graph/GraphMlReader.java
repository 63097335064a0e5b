package dev.tenon.core.graph;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** Reads GraphML back, by the JDK's own parser and by nothing that the writer uses. */
final class GraphMlReader {

  private static final String NAMESPACE = "http://graphml.graphdrawing.org/xmlns";

  private final Document document;
  private final Map<String, String> keys = new HashMap<>();

  GraphMlReader(String text) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
    factory.setNamespaceAware(true);
    document = factory.newDocumentBuilder().parse(new InputSource(new StringReader(text)));
    for (Element key : elements("key")) {
      String name = key.getAttribute("for") + " " + key.getAttribute("attr.name");
      keys.put(name, key.getAttribute("id"));
    }
  }

  Graph graph() {
    Map<String, String> ids = new HashMap<>();
    List<Node> nodes = new ArrayList<>();
    for (Element node : elements("node")) {
      String id = data(node, "node name");
      ids.put(node.getAttribute("id"), id);
      nodes.add(new Node(id, attributes(node, "node attributes")));
    }
    List<Edge> edges = new ArrayList<>();
    for (Element edge : elements("edge")) {
      edges.add(
          new Edge(
              data(edge, "edge name"),
              ids.getOrDefault(edge.getAttribute("source"), "?"),
              ids.getOrDefault(edge.getAttribute("target"), "?"),
              Double.parseDouble(data(edge, "edge confidence")),
              attributes(edge, "edge attributes")));
    }
    return new Graph(nodes, edges, attributes(elements("graph").get(0), "graph attributes"));
  }

  List<String> nodeLabels() {
    return elements("node").stream().map(node -> data(node, "node label")).toList();
  }

  List<String> edgeLabels() {
    return elements("edge").stream().map(edge -> data(edge, "edge label")).toList();
  }

  private Attributes attributes(Element owner, String key) {
    String json = data(owner, key);
    return json.isEmpty() ? Attributes.none() : Attributes.of(json);
  }

  /** The text under a key of the element itself, not of one within. */
  private String data(Element owner, String key) {
    for (org.w3c.dom.Node child = owner.getFirstChild();
        child != null;
        child = child.getNextSibling()) {
      if (child instanceof Element data
          && data.getLocalName().equals("data")
          && data.getAttribute("key").equals(keys.get(key))) {
        return data.getTextContent();
      }
    }
    return "";
  }

  private List<Element> elements(String name) {
    NodeList found = document.getElementsByTagNameNS(NAMESPACE, name);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      elements.add((Element) found.item(i));
    }
    return elements;
  }
}
