package dev.tenon.testkit.servers.internal.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AptSourcesTest {
  @TempDir Path apt;

  @Test
  void derives_the_release_and_its_security_updates_from_one_line_entries() throws IOException {
    write(
        "sources.list",
        """
        # deb http://commented.example/debian bookworm main
        deb-src http://mirror.example/debian bookworm main
        deb [arch=amd64 signed-by=/keys/own.gpg trusted=yes] http://mirror.example/debian bookworm main contrib
        deb [signed-by=/keys/own.gpg] http://mirror.example/security bookworm-security main # why
        deb [signed-by=/keys/own.gpg] http://mirror.example/debian bookworm-updates main
        """);
    assertThat(derived())
        .containsPattern(
            "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\n"
                + "Signed-By: /keys/own.gpg")
        .containsPattern("URIs: http://mirror.example/security\nSuites: trixie-security\n")
        .doesNotContain("commented", "trusted", "contrib", "updates", "deb-src");
  }

  @Test
  void derives_them_from_deb822_entries_with_several_suites_and_a_key_in_the_text()
      throws IOException {
    write(
        "sources.list.d/debian.sources",
        """
        Types: deb deb-src
        # where
        URIs: http://mirror.example/debian
        Suites: bookworm bookworm-updates
        Components: main
        Signed-By:
         -----BEGIN PGP PUBLIC KEY BLOCK-----
         .
         abc
         -----END PGP PUBLIC KEY BLOCK-----

        Enabled: no
        Types: deb
        URIs: http://disabled.example/debian
        Suites: bookworm
        Components: main
        """);
    assertThat(derived())
        .contains("URIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\n")
        .contains("Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n")
        .doesNotContain("disabled", "bookworm");
  }

  @Test
  void leaves_out_archives_that_are_not_debians() throws IOException {
    write(
        "sources.list.d/vendor.list",
        """
        deb http://vendor.example/node nodistro main
        deb http://vendor.example/apt bookworm-tools stable
        deb http://ubuntu.example/ubuntu noble main
        """);
    assertThatThrownBy(this::derived)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no source in " + apt + " is a Debian archive");
  }

  private String derived() throws IOException {
    return new AptSources(apt).forRelease("trixie");
  }

  private void write(String name, String text) throws IOException {
    Path file = apt.resolve(name);
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, text);
  }
}
