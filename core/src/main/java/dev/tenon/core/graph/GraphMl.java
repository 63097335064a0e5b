package dev.tenon.core.graph;

import java.io.StringWriter;
import java.util.Map;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Graphs as GraphML, written by the JDK's own writer, whichever others the class path offers. */
final class GraphMl {

  private static final String NAMESPACE = "http://graphml.graphdrawing.org/xmlns";

  private final StringWriter text = new StringWriter();
  private final Labels labels;
  private final XMLStreamWriter xml;

  GraphMl(Labels labels) {
    this.labels = labels;
    try {
      xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
    } catch (XMLStreamException impossible) {
      throw new IllegalStateException("a text in memory cannot fail", impossible);
    }
  }

  String write(Graph graph) {
    try {
      xml.writeStartDocument("UTF-8", "1.0");
      xml.writeStartElement("graphml");
      xml.writeDefaultNamespace(NAMESPACE);
      keys();
      xml.writeStartElement("graph");
      xml.writeAttribute("edgedefault", "directed");
      attributes("graph-attributes", graph.attributes(), "the graph");
      elements(graph);
      xml.writeEndDocument();
      return text.toString();
    } catch (XMLStreamException impossible) {
      throw new IllegalStateException("a text in memory cannot fail", impossible);
    }
  }

  private void keys() throws XMLStreamException {
    key("node", "name", "string");
    key("node", "label", "string");
    key("node", "attributes", "string");
    key("edge", "name", "string");
    key("edge", "label", "string");
    key("edge", "confidence", "double");
    key("edge", "attributes", "string");
    key("graph", "attributes", "string");
  }

  private void key(String domain, String name, String type) throws XMLStreamException {
    xml.writeEmptyElement("key");
    xml.writeAttribute("id", domain + "-" + name);
    xml.writeAttribute("for", domain);
    xml.writeAttribute("attr.name", name);
    xml.writeAttribute("attr.type", type);
  }

  private void elements(Graph graph) throws XMLStreamException {
    Map<String, Integer> places = Drawings.places(graph.nodes());
    for (Node node : graph.nodes()) {
      String whose = Checks.node(node.id());
      xml.writeStartElement("node");
      xml.writeAttribute("id", "n" + places.get(node.id()));
      data("node-name", node.id(), "the id of " + whose);
      data("node-label", labels.of(node), whose);
      attributes("node-attributes", node.attributes(), whose);
      xml.writeEndElement();
    }
    int place = 0;
    for (Edge edge : graph.edges()) {
      String whose = Checks.edge(edge.id());
      xml.writeStartElement("edge");
      xml.writeAttribute("id", "e" + place++);
      xml.writeAttribute("source", "n" + places.get(edge.from()));
      xml.writeAttribute("target", "n" + places.get(edge.to()));
      data("edge-name", edge.id(), "the id of " + whose);
      data("edge-label", labels.of(edge), whose);
      data("edge-confidence", Double.toString(edge.confidence()), whose);
      attributes("edge-attributes", edge.attributes(), whose);
      xml.writeEndElement();
    }
  }

  private void attributes(String key, Attributes attributes, String whose)
      throws XMLStreamException {
    if (!attributes.equals(Attributes.none())) {
      data(key, attributes.toString(), "an attribute of " + whose);
    }
  }

  private void data(String key, String value, String whose) throws XMLStreamException {
    xml.writeStartElement("data");
    xml.writeAttribute("key", key);
    Labels.requirePortable(value, whose);
    int from = 0;
    // A reader turns a carriage return into a line feed, unless it is a reference.
    for (int at = value.indexOf('\r'); at >= 0; at = value.indexOf('\r', from)) {
      xml.writeCharacters(value.substring(from, at));
      xml.writeEntityRef("#13");
      from = at + 1;
    }
    xml.writeCharacters(value.substring(from));
    xml.writeEndElement();
  }
}
