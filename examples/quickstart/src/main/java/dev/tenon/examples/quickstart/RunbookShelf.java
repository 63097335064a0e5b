package dev.tenon.examples.quickstart;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the runbooks of a fleet: Markdown files with title, service and severity on top. */
final class RunbookShelf {

  private static final Pattern FILE =
      Pattern.compile(
          """
          ---
          title: (?<title>.+)
          service: (?<service>.+)
          severity: (?<severity>low|medium|high|critical)
          ---
          (?<body>[\\s\\S]+)
          """);

  private RunbookShelf() {}

  /** All runbooks of a fleet, by name. */
  static List<RunbookText> of(String fleet) {
    URL folder = Objects.requireNonNull(RunbookShelf.class.getResource("runbooks/" + fleet), fleet);
    try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
      return files.sorted().map(RunbookShelf::read).toList();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    } catch (URISyntaxException error) {
      throw new IllegalStateException(error);
    }
  }

  private static RunbookText read(Path file) {
    try {
      return parse(file.getFileName().toString().replace(".md", ""), Files.readString(file));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /**
   * Reads one runbook.
   *
   * @throws InvalidDataException if its head is not title, service and severity
   */
  static RunbookText parse(String slug, String content) {
    Matcher file = FILE.matcher(content);
    if (!file.matches()) {
      throw new InvalidDataException(
          Problem.what("the runbook has no proper head")
              .where(slug + ".md")
              .why("title, service and severity stand between two lines of '---', in this order")
              .fix("write the head as in the other runbooks"));
    }
    return new RunbookText(
        slug,
        file.group("title"),
        file.group("service"),
        file.group("severity"),
        file.group("body").strip());
  }
}
