package dev.tenon.testkit.servers.internal.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheDirectoryTest {
  @TempDir Path directory;
  private final Properties properties = new Properties();

  @BeforeEach
  void open_the_directory() throws IOException {
    directory = directory.toRealPath();
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    properties.setProperty("user.home", directory.resolve("home").toString());
    properties.setProperty("user.name", "someone");
    properties.setProperty("java.io.tmpdir", directory.resolve("tmp").toString());
  }

  @Test
  void prefers_the_property_then_the_variable_then_the_standard_place() throws IOException {
    Map<String, String> both =
        Map.of(
            "TENON_CACHE", directory.resolve("variable").toString(),
            "XDG_CACHE_HOME", directory.resolve("xdg").toString());
    assertThat(find(both, false)).isEqualTo(directory.resolve("variable"));
    assertThat(find(Map.of("XDG_CACHE_HOME", directory.resolve("xdg").toString()), false))
        .isEqualTo(directory.resolve("xdg/tenon"));
    assertThat(find(Map.of(), false)).isEqualTo(directory.resolve("home/.cache/tenon"));
    properties.setProperty("tenon.cache", directory.resolve("property").toString());
    assertThat(find(both, false)).isEqualTo(directory.resolve("property"));
  }

  @Test
  void falls_back_to_temporary_files_where_the_home_is_not_writable() throws IOException {
    Files.createFile(directory.resolve("home"));
    assertThat(find(Map.of(), false)).isEqualTo(directory.resolve("tmp/tenon-cache-someone"));
  }

  @Test
  void passes_over_a_home_that_other_users_cannot_enter_when_root_asks() throws IOException {
    Path home = Files.createDirectories(directory.resolve("home"));
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
    assertThat(find(Map.of(), false)).isEqualTo(home.resolve(".cache/tenon"));
    assertThat(find(Map.of("TENON_CACHE", ""), true).startsWith(home)).isFalse();
  }

  @Test
  void says_why_the_directory_that_was_asked_for_cannot_be_used() {
    assertThatThrownBy(() -> find(Map.of("TENON_CACHE", directory + "/a:b"), false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot read a path with ':'");
  }

  private Path find(Map<String, String> environment, boolean root) throws IOException {
    return new CacheDirectory(environment, properties, root).find();
  }
}
