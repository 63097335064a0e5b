package dev.tenon.testkit.servers.internal.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RecipeTest {
  @Test
  void keeps_what_it_names_and_drops_the_exceptions() throws IOException {
    Recipe recipe = Recipe.load();
    assertThat(recipe.keeps(Path.of("usr/share/postgresql/17/extension/vector.control"))).isTrue();
    assertThat(recipe.keeps(Path.of("usr/lib/postgresql/17/lib/llvmjit.so"))).isFalse();
    assertThat(recipe.keeps(Path.of("usr/bin/su"))).isFalse();
  }

  @Test
  void starts_a_program_relative_to_where_its_launcher_lies() throws IOException {
    assertThat(Recipe.load().launcher("usr/sbin/pgbouncer", "name", "usr/sbin/pgbouncer.elf"))
        .contains("\"${0%/*}/../..\"")
        .contains("--argv0 \"$root/name\" \"$root/usr/sbin/pgbouncer.elf\"");
  }

  @Test
  void replaces_a_path_in_place_and_only_as_a_whole() throws IOException {
    Recipe.Relocation relocation = new Recipe.Relocation("/usr/zones", "../z");
    assertThat(relocation.apply(bytes("a/usr/zones\0\0/usr/zones\0b")))
        .isEqualTo(bytes("a/usr/zones\0\0../z\0\0\0\0\0\0\0b"));
    assertThatThrownBy(() -> relocation.apply(bytes("a/usr/zones/more\0")))
        .isInstanceOf(IOException.class);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
