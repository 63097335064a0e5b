package dev.tenon.testkit.servers.internal.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Derives the sources of one Debian release from the apt configuration of this machine. */
final class AptSources {
  private static final Set<String> DEBIAN_SUITES =
      Set.of(
          "buster",
          "bullseye",
          "bookworm",
          "trixie",
          "forky",
          "sid",
          "oldoldstable",
          "oldstable",
          "stable",
          "testing",
          "unstable");
  private static final Pattern ONE_LINE =
      Pattern.compile("deb\\s+(?:\\[(?<options>[^]]*)]\\s+)?(?<uri>\\S+)\\s+(?<rest>.+)");
  private static final Pattern SIGNED_BY = Pattern.compile("(?:^|\\s)signed-by=(\\S+)");
  private static final List<Path> ARCHIVE_KEYRINGS =
      List.of(
          Path.of("/usr/share/keyrings/debian-archive-keyring.gpg"),
          Path.of("/usr/share/keyrings/debian-archive-keyring.pgp"));

  private final Path directory;

  /**
   * @param directory where apt's {@code sources.list} and {@code sources.list.d} are
   */
  AptSources(Path directory) {
    this.directory = directory;
  }

  private record Entry(
      List<String> uris, List<String> suites, List<String> parts, String signedBy) {}

  /**
   * The text of a deb822 {@code .sources} file for {@code release} and its security updates.
   *
   * @throws IOException if no source of this machine is a Debian archive
   */
  String forRelease(String release) throws IOException {
    Set<String> stanzas = new LinkedHashSet<>();
    for (Entry entry : entries()) {
      if (!entry.parts().contains("main")) {
        continue;
      }
      for (String suite : entry.suites()) {
        sibling(suite, release).ifPresent(sibling -> stanzas.add(stanza(entry, sibling)));
      }
    }
    if (stanzas.stream().noneMatch(text -> text.contains("Suites: " + release + "\n"))) {
      throw new IOException(
          "no source in "
              + directory
              + " is a Debian archive, so none for "
              + release
              + " can be derived");
    }
    return String.join("\n", stanzas);
  }

  private static String stanza(Entry entry, String suite) {
    String signedBy = signedBy(entry.signedBy());
    return "Types: deb\nURIs: "
        + String.join(" ", entry.uris())
        + "\nSuites: "
        + suite
        + "\nComponents: main\n"
        + (signedBy.isEmpty() ? "" : "Signed-By: " + signedBy + "\n");
  }

  /** The keys that the machine names for its own release may be older than the release wanted. */
  private static String signedBy(String named) {
    if (named.contains("\n")) {
      return named;
    }
    Optional<Path> archive = ARCHIVE_KEYRINGS.stream().filter(Files::isReadable).findFirst();
    if (archive.isEmpty() || named.contains(archive.get().toString())) {
      return named;
    }
    return named.isEmpty() ? archive.get().toString() : named + " " + archive.get();
  }

  private static Optional<String> sibling(String suite, String release) {
    String base = suite.replaceFirst("(-security|/updates)$", "");
    if (!DEBIAN_SUITES.contains(base)) {
      return Optional.empty();
    }
    return Optional.of(base.equals(suite) ? release : release + "-security");
  }

  private List<Entry> entries() throws IOException {
    List<Path> files = new ArrayList<>();
    files.add(directory.resolve("sources.list"));
    Path parts = directory.resolve("sources.list.d");
    if (Files.isDirectory(parts)) {
      try (Stream<Path> listing = Files.list(parts)) {
        listing.sorted().forEach(files::add);
      }
    }
    List<Entry> entries = new ArrayList<>();
    for (Path file : files) {
      if (!Files.isReadable(file)) {
        continue;
      }
      String text = Files.readString(file);
      if (file.toString().endsWith(".list")) {
        text.lines().forEach(line -> oneLine(line).ifPresent(entries::add));
      } else if (file.toString().endsWith(".sources")) {
        Stream.of(text.split("\n\\s*\n", -1)).forEach(part -> deb822(part).ifPresent(entries::add));
      }
    }
    return entries;
  }

  private static Optional<Entry> oneLine(String line) {
    Matcher matcher = ONE_LINE.matcher(line.replaceFirst("#.*", "").strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    List<String> rest = words(matcher.group("rest"));
    String options = matcher.group("options");
    Matcher signedBy = SIGNED_BY.matcher(options == null ? "" : options);
    return Optional.of(
        new Entry(
            List.of(matcher.group("uri")),
            rest.subList(0, 1),
            rest.subList(1, rest.size()),
            signedBy.find() ? signedBy.group(1) : ""));
  }

  private static Optional<Entry> deb822(String stanza) {
    Map<String, String> fields = fields(stanza);
    if (fields.getOrDefault("enabled", "yes").equals("no")
        || !words(fields.getOrDefault("types", "")).contains("deb")) {
      return Optional.empty();
    }
    return Optional.of(
        new Entry(
            words(fields.getOrDefault("uris", "")),
            words(fields.getOrDefault("suites", "")),
            words(fields.getOrDefault("components", "")),
            fields.getOrDefault("signed-by", "")));
  }

  private static Map<String, String> fields(String stanza) {
    Map<String, String> fields = new LinkedHashMap<>();
    String name = "";
    for (String line : stanza.lines().toList()) {
      int colon = line.indexOf(':');
      if (line.startsWith("#")) {
        continue;
      }
      if (line.startsWith(" ") || line.startsWith("\t")) {
        fields.merge(name, line, (value, more) -> value + "\n" + more);
      } else if (colon > 0) {
        name = line.substring(0, colon).toLowerCase(Locale.ROOT);
        fields.put(name, line.substring(colon + 1).strip());
      }
    }
    return fields;
  }

  private static List<String> words(String text) {
    return Stream.of(text.strip().split("\\s+", -1)).filter(word -> !word.isEmpty()).toList();
  }
}
