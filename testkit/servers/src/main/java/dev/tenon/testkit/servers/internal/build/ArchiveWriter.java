package dev.tenon.testkit.servers.internal.build;

import dev.tenon.testkit.servers.internal.bundle.BundleFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes a tree as a zip that depends on nothing but the tree: sorted, one fixed time. */
final class ArchiveWriter {
  private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private ArchiveWriter() {}

  static void write(Tree tree, Path archive) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
      begin(zip, BundleFormat.INDEX);
      zip.write(index(tree).getBytes(StandardCharsets.UTF_8));
      for (Map.Entry<String, Tree.Member> member : tree.members().entrySet()) {
        if (member.getValue() instanceof Tree.Member.File file) {
          begin(zip, member.getKey());
          Files.copy(file.source(), zip);
        } else if (member.getValue() instanceof Tree.Member.Relocated program) {
          begin(zip, member.getKey());
          zip.write(program.relocation().apply(Files.readAllBytes(program.source())));
        } else if (member.getValue() instanceof Tree.Member.Text text) {
          begin(zip, member.getKey());
          zip.write(Tree.bytes(text));
        }
      }
    }
  }

  private static void begin(ZipOutputStream zip, String name) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(TIME);
    zip.putNextEntry(entry);
  }

  private static String index(Tree tree) {
    StringBuilder index = new StringBuilder();
    tree.members()
        .forEach(
            (path, member) -> {
              if (member instanceof Tree.Member.Link link) {
                index.append("l\t").append(path).append('\t').append(link.target()).append('\n');
              } else if (executable(member)) {
                index.append("x\t").append(path).append('\n');
              }
            });
    return index.toString();
  }

  private static boolean executable(Tree.Member member) {
    return member instanceof Tree.Member.Relocated
        || (member instanceof Tree.Member.File file && file.executable())
        || (member instanceof Tree.Member.Text text && text.executable());
  }
}
