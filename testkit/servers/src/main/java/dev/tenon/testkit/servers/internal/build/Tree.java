package dev.tenon.testkit.servers.internal.build;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files of the bundle, chosen from unpacked packages: each with its content, link or script.
 */
final class Tree {
  private static final String LIBRARIES = "usr/lib/x86_64-linux-gnu";
  private static final String LOADER = LIBRARIES + "/ld-linux-x86-64.so.2";
  private static final Pattern LOADED = Pattern.compile("\\s*(\\S+) => (.+) \\(0x[0-9a-f]+\\)");
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  /** One member of the tree. */
  sealed interface Member {
    record File(Path source, boolean executable) implements Member {}

    record Text(String content, boolean executable) implements Member {}

    record Link(String target) implements Member {}

    /** A program with one absolute path, compiled into it, made relative. */
    record Relocated(Path source, Recipe.Relocation relocation) implements Member {}
  }

  private final Recipe recipe;
  private final Path unpacked;
  private final TreeMap<String, Member> members = new TreeMap<>();

  private Tree(Recipe recipe, Path unpacked) {
    this.recipe = recipe;
    this.unpacked = unpacked;
  }

  /**
   * @throws IOException also if a program needs a library that is not in {@code unpacked}
   */
  static Tree select(Recipe recipe, Path unpacked) throws IOException {
    Tree tree = new Tree(recipe, unpacked);
    List<Path> elves = tree.keepFiles();
    tree.keepLibraries(elves);
    tree.addLaunchers();
    return tree;
  }

  /** Where the files came from, relative to the unpacked packages. */
  List<Path> sources() {
    List<Path> sources = new ArrayList<>();
    for (Member member : members.values()) {
      if (member instanceof Member.File file) {
        sources.add(unpacked.relativize(file.source()));
      } else if (member instanceof Member.Relocated program) {
        sources.add(unpacked.relativize(program.source()));
      }
    }
    return sources;
  }

  void addText(String path, String content) {
    members.put(path, new Member.Text(content, false));
  }

  Map<String, Member> members() {
    return members;
  }

  private List<Path> keepFiles() throws IOException {
    List<Path> elves = new ArrayList<>();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(unpacked)) {
      files = walk.filter(path -> !Files.isDirectory(path) || Files.isSymbolicLink(path)).toList();
    }
    for (Path file : files) {
      Path relative = unpacked.relativize(file);
      if (!recipe.keeps(relative)) {
        continue;
      }
      if (Files.isSymbolicLink(file)) {
        keepLink(relative, Files.readSymbolicLink(file));
      } else if (isElf(file)) {
        elves.add(file);
        keepElf(relative, file);
      } else {
        members.put(relative.toString(), new Member.File(file, Files.isExecutable(file)));
      }
    }
    return elves;
  }

  private void keepLink(Path relative, Path target) throws IOException {
    Path resolved = relative.resolveSibling(target).normalize();
    if (target.isAbsolute() || !Files.exists(unpacked.resolve(resolved))) {
      return;
    }
    members.put(relative.toString(), new Member.Link(target.toString()));
  }

  private void keepElf(Path relative, Path file) {
    String path = relative.toString();
    if (!path.contains("bin/")) {
      members.put(path, new Member.File(file, true));
      return;
    }
    Recipe.Relocation relocation = recipe.relocations().get(path);
    members.put(
        path + ".elf",
        relocation == null ? new Member.File(file, true) : new Member.Relocated(file, relocation));
    members.put(path, new Member.Text(recipe.launcher(path, path, path + ".elf"), true));
  }

  private void keepLibraries(List<Path> elves) throws IOException {
    Path libraries = unpacked.resolve(LIBRARIES);
    members.put(LOADER, new Member.File(unpacked.resolve(LOADER).toRealPath(), true));
    for (Path elf : elves) {
      List<String> command =
          List.of(
              unpacked.resolve(LOADER).toString(),
              "--inhibit-cache",
              "--library-path",
              libraries.toString(),
              "--list",
              elf.toString());
      List<String> lines = new ArrayList<>();
      AptWorkspace.Commands.run(command, unpacked, lines::add);
      for (String line : lines) {
        keepLibrary(elf, libraries, line);
      }
    }
  }

  private void keepLibrary(Path elf, Path libraries, String line) throws IOException {
    if (line.contains("not found")) {
      throw new IOException(unpacked.relativize(elf) + " needs a library left out:" + line);
    }
    Matcher matcher = LOADED.matcher(line);
    if (!matcher.matches() || matcher.group(1).startsWith("/")) {
      return;
    }
    Path library = Path.of(matcher.group(2));
    if (!library.startsWith(libraries)) {
      throw new IOException(unpacked.relativize(elf) + " would load the machine's own" + line);
    }
    members.put(LIBRARIES + "/" + matcher.group(1), new Member.File(library.toRealPath(), false));
  }

  private void addLaunchers() throws IOException {
    for (Map.Entry<String, String> launcher : recipe.launchers().entrySet()) {
      String program = launcher.getValue() + ".elf";
      if (!members.containsKey(program)) {
        throw new IOException("recipe.txt launches " + launcher.getValue() + ", which is not kept");
      }
      String at = "bin/" + launcher.getKey();
      String name = launcher.getValue().replaceFirst("[^/]+$", launcher.getKey());
      members.put(at, new Member.Text(recipe.launcher(at, name, program), true));
    }
  }

  private static boolean isElf(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(ELF.length), ELF);
    }
  }

  static byte[] bytes(Member.Text text) {
    return text.content().getBytes(StandardCharsets.UTF_8);
  }
}
