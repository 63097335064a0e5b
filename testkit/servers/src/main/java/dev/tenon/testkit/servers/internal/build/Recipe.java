package dev.tenon.testkit.servers.internal.build;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the bundle is made of, read from {@code recipe.txt} and {@code launcher.sh}. */
record Recipe(
    String fingerprint,
    String suite,
    List<String> packages,
    List<String> without,
    List<String> keep,
    List<String> drop,
    Map<String, String> launchers,
    String launcherScript) {

  static Recipe load() throws IOException {
    String text = resource("recipe.txt");
    String launcherScript = resource("launcher.sh");
    String suite = "";
    List<String> packages = new ArrayList<>();
    List<String> without = new ArrayList<>();
    List<String> keep = new ArrayList<>();
    List<String> drop = new ArrayList<>();
    Map<String, String> launchers = new LinkedHashMap<>();
    for (String line : text.lines().map(String::strip).toList()) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "format" -> {}
        case "suite" -> suite = words[1];
        case "package" -> packages.add(words[1]);
        case "without" -> without.add(words[1]);
        case "keep" -> keep.add(words[1]);
        case "drop" -> drop.add(words[1]);
        case "launch" -> launchers.put(words[1], words[2]);
        default -> throw new IOException("recipe.txt: unknown line: " + line);
      }
    }
    return new Recipe(
        Digests.sha256(text + launcherScript),
        suite,
        List.copyOf(packages),
        List.copyOf(without),
        List.copyOf(keep),
        List.copyOf(drop),
        Map.copyOf(launchers),
        launcherScript);
  }

  /**
   * The script that starts {@code program} through the loader of the tree that {@code at} lies in.
   */
  String launcher(String at, String name, String program) {
    String up = "../".repeat(Path.of(at).getNameCount() - 1);
    return launcherScript
        .replace("@UP@", up.substring(0, up.length() - 1))
        .replace("@NAME@", name)
        .replace("@PROGRAM@", program);
  }

  boolean keeps(Path path) {
    return matches(keep, path) && !matches(drop, path);
  }

  private static boolean matches(List<String> globs, Path path) {
    return globs.stream().map(Recipe::matcher).anyMatch(matcher -> matcher.matches(path));
  }

  private static PathMatcher matcher(String glob) {
    return FileSystems.getDefault().getPathMatcher("glob:" + glob);
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = Recipe.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("missing resource " + name + " beside " + Recipe.class.getName());
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
