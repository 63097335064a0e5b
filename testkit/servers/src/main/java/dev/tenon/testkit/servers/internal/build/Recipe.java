package dev.tenon.testkit.servers.internal.build;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Arrays;
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
    Map<String, Relocation> relocations,
    String launcherScript) {

  /** A path compiled into a program, and the shorter one to put in its place. */
  record Relocation(String from, String to) {
    /**
     * The content of a program with the path replaced, the rest of its place filled with zeros.
     *
     * @throws IOException if the path is not there as a string of its own
     */
    byte[] apply(byte[] program) throws IOException {
      byte[] wanted = ("\0" + from + "\0").getBytes(StandardCharsets.US_ASCII);
      byte[] replacement =
          Arrays.copyOf(("\0" + to).getBytes(StandardCharsets.US_ASCII), wanted.length);
      byte[] result = program.clone();
      int changed = 0;
      for (int at = 0; at + wanted.length <= result.length; at++) {
        if (Arrays.equals(result, at, at + wanted.length, wanted, 0, wanted.length)) {
          System.arraycopy(replacement, 0, result, at, replacement.length);
          changed++;
        }
      }
      if (changed != 1 || to.length() > from.length()) {
        throw new IOException("cannot replace " + from + " by " + to + ": found " + changed);
      }
      return result;
    }
  }

  static Recipe load() throws IOException {
    String text = resource("recipe.txt");
    String launcherScript = resource("launcher.sh");
    String suite = "";
    List<String> packages = new ArrayList<>();
    List<String> without = new ArrayList<>();
    List<String> keep = new ArrayList<>();
    List<String> drop = new ArrayList<>();
    Map<String, String> launchers = new LinkedHashMap<>();
    Map<String, Relocation> relocations = new LinkedHashMap<>();
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
        case "relocate" -> relocations.put(words[1], new Relocation(words[2], words[3]));
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
        Map.copyOf(relocations),
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
