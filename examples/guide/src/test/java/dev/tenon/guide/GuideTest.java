package dev.tenon.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Holds the guide to the code: each Java block of docs/guide stands, word for word, in a source
 * file that is compiled.
 */
class GuideTest {

  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\\n(.*?)^```");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");

  @TestFactory
  Stream<DynamicTest> every_java_block_of_the_guide_is_compiled() {
    List<String> sources = sources();
    return pages()
        .flatMap(
            page ->
                blocks(page).stream()
                    .map(
                        block ->
                            DynamicTest.dynamicTest(
                                page.getFileName() + ": " + block.lines().findFirst().orElse(""),
                                () ->
                                    assertThat(isCompiled(block, sources))
                                        .as("a source file has these lines:%n%s", block)
                                        .isTrue())));
  }

  @TestFactory
  Stream<DynamicTest> every_link_of_the_documentation_leads_somewhere() {
    return Stream.concat(
            Stream.of(
                ROOT.resolve("README.md"),
                ROOT.resolve("CHANGELOG.md"),
                ROOT.resolve("CONTRIBUTING.md")),
            files(ROOT.resolve("docs"), ".md").stream())
        .map(
            page ->
                DynamicTest.dynamicTest(
                    ROOT.relativize(page).toString(),
                    () -> {
                      Matcher link = LINK.matcher(read(page));
                      while (link.find()) {
                        assertThat(page.resolveSibling(link.group(1))).exists();
                      }
                    }));
  }

  @Test
  void the_guide_has_a_page_for_each_door() {
    assertThat(pages().map(page -> page.getFileName().toString()))
        .contains(
            "sessions.md",
            "repositories.md",
            "graph.md",
            "search.md",
            "outbox.md",
            "tenancy.md",
            "timeseries.md",
            "vector.md",
            "cache.md",
            "testing.md",
            "servers.md");
  }

  private static Stream<Path> pages() {
    return files(ROOT.resolve("docs/guide"), ".md").stream();
  }

  private static List<String> blocks(Path page) {
    List<String> blocks = new ArrayList<>();
    Matcher block = BLOCK.matcher(read(page));
    while (block.find()) {
      blocks.add(block.group(1));
    }
    return blocks;
  }

  private static boolean isCompiled(String block, List<String> sources) {
    return sources.stream().anyMatch(source -> source.contains(squeezed(block)));
  }

  private static List<String> sources() {
    return files(ROOT, ".java").stream().map(source -> squeezed(read(source))).toList();
  }

  /** Formatting moves line breaks, so white space does not count. */
  private static String squeezed(String code) {
    return code.replaceAll("\\s+", "");
  }

  private static List<Path> files(Path folder, String ending) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(ending))
          .filter(file -> !file.toString().contains("/target/"))
          .sorted()
          .toList();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
