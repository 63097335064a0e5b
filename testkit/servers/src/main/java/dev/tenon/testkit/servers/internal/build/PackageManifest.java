package dev.tenon.testkit.servers.internal.build;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The packages of the bundle with version and licence, one line each. */
final class PackageManifest {
  private static final Pattern LICENCE = Pattern.compile("(?m)^License:[ \t]*(\\S[^\n]*)$");
  private static final Pattern COMMON =
      Pattern.compile("/usr/share/common-licenses/([A-Za-z0-9.-]*[A-Za-z0-9])");

  private record Unpacked(String name, String version) {}

  private final Path root;
  private final Map<Path, Unpacked> owners = new HashMap<>();

  /**
   * @param root where packages are unpacked to
   */
  PackageManifest(Path root) {
    this.root = root;
  }

  /** Unpacks one package and remembers which files it brought. */
  void unpack(Path packageFile) throws IOException {
    StringBuilder control = new StringBuilder();
    AptWorkspace.Commands.run(
        List.of("dpkg-deb", "-f", packageFile.toString(), "Package", "Version"),
        root,
        line -> control.append(line).append('\n'));
    Unpacked unpacked = new Unpacked(field(control, "Package"), field(control, "Version"));
    AptWorkspace.Commands.run(
        List.of("dpkg-deb", "-X", packageFile.toString(), root.toString()),
        root,
        line -> owners.put(Path.of(line).normalize(), unpacked));
  }

  /**
   * The packages that brought at least one of {@code files}: text of the manifest, licence texts.
   */
  Summary of(Collection<Path> files) throws IOException {
    TreeMap<String, String> lines = new TreeMap<>();
    TreeMap<String, String> licences = new TreeMap<>();
    for (Path file : files) {
      Unpacked owner = owners.get(file);
      if (owner == null || lines.containsKey(owner.name())) {
        continue;
      }
      String copyright = copyright(owner.name());
      lines.put(owner.name(), owner.name() + "\t" + owner.version() + "\t" + licence(copyright));
      licences.put("usr/share/doc/" + owner.name() + "/copyright", copyright);
    }
    return new Summary(
        "package\tversion\tlicence\n" + String.join("\n", lines.values()) + "\n", licences);
  }

  /** What to write about the packages: a table, and their licence texts by path. */
  record Summary(String table, Map<String, String> licences) {}

  private static String field(CharSequence control, String name) throws IOException {
    Matcher matcher = Pattern.compile("(?m)^" + name + ": (\\S+)$").matcher(control);
    if (!matcher.find()) {
      throw new IOException("a package has no field " + name + ": " + control);
    }
    return matcher.group(1);
  }

  private String copyright(String name) throws IOException {
    Path file = root.resolve("usr/share/doc").resolve(name).resolve("copyright");
    return Files.isReadable(file)
        ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
        : "";
  }

  /** The names in a machine-readable file, or the common licences that an older one points to. */
  static String licence(String copyright) {
    Set<String> names = new LinkedHashSet<>();
    for (Pattern pattern : List.of(LICENCE, COMMON)) {
      Matcher matcher = pattern.matcher(copyright);
      while (names.size() < 8 && matcher.find()) {
        names.add(matcher.group(1).strip());
      }
      if (!names.isEmpty()) {
        return names.stream().collect(Collectors.joining("; "));
      }
    }
    if (copyright.contains("Permission is hereby granted, free of charge")) {
      return "MIT";
    }
    return copyright.isEmpty() ? "unknown" : "see usr/share/doc";
  }
}
