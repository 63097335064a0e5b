package dev.tenon.testkit.servers.internal.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.testkit.servers.internal.bundle.BundleFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackageManifestTest {
  @Test
  void stands_in_the_jar_with_version_and_licence_of_each_package() throws IOException {
    try (InputStream in =
        BundleFormat.class.getResourceAsStream("/" + BundleFormat.FOLDER + BundleFormat.MANIFEST)) {
      List<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      assertThat(lines.get(0)).isEqualTo("package\tversion\tlicence");
      assertThat(lines)
          .allMatch(line -> line.split("\t", -1).length == 3 && !line.contains("unknown"))
          .anyMatch(line -> line.startsWith("postgresql-17\t17."))
          .anyMatch(line -> line.startsWith("postgresql-17-pgvector\t"))
          .anyMatch(line -> line.startsWith("libc6\t"))
          .noneMatch(line -> line.startsWith("libllvm"));
    }
  }

  @Test
  void reads_the_licences_of_both_kinds_of_copyright_files() {
    assertThat(PackageManifest.licence("Files: *\nLicense: Apache-2.0\n text\n"))
        .isEqualTo("Apache-2.0");
    assertThat(PackageManifest.licence("see `/usr/share/common-licenses/LGPL-2.1'.\n"))
        .isEqualTo("LGPL-2.1");
    assertThat(PackageManifest.licence("")).isEqualTo("unknown");
  }
}
