package dev.tenon.core.search;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A passage of a text, in parts that are what was searched for and parts that are not.
 *
 * <p>No text can pretend to be such a part: the server marks them with two characters that are none
 * of any script (U+FDD0 and U+FDD1), and a text that holds these has U+FFFD in their place.
 *
 * @param parts in the order of the text; none where the text is null or blank
 */
public record Headline(List<Part> parts) {

  static final char BEGIN = '\uFDD0';
  static final char END = '\uFDD1';

  /** What stands in a passage for either of them. */
  static final char REPLACED = '\uFFFD';

  /**
   * A piece of the passage.
   *
   * @param matched whether it is what was searched for
   */
  public record Part(String text, boolean matched) {}

  public Headline {
    parts = List.copyOf(parts);
  }

  /** The passage that the server marked. */
  static Headline parse(String marked) {
    List<Part> parts = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i < marked.length(); i++) {
      char character = marked.charAt(i);
      if (character == BEGIN || character == END) {
        add(parts, marked.substring(begin, i), character == END);
        begin = i + 1;
      }
    }
    add(parts, marked.substring(begin), false);
    return new Headline(parts);
  }

  private static void add(List<Part> parts, String text, boolean matched) {
    if (!text.isEmpty()) {
      parts.add(new Part(text, matched));
    }
  }

  /** The passage without marks. */
  public String text() {
    return parts.stream().map(Part::text).collect(Collectors.joining());
  }

  /** The passage as HTML: what matched within {@code <mark>}, and nothing of the text is markup. */
  public String html() {
    return parts.stream()
        .map(part -> part.matched() ? "<mark>" + escaped(part) + "</mark>" : escaped(part))
        .collect(Collectors.joining());
  }

  private static String escaped(Part part) {
    return part.text()
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
