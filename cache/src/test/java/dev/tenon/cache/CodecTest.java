package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Values as bytes, and back. */
class CodecTest {

  record Everything(
      UUID id, Instant time, double number, List<String> texts, Map<String, Long> counts) {}

  record Narrower(UUID id) {}

  private static final Everything VALUE =
      new Everything(
          new UUID(1, 2),
          Instant.parse("2026-11-30T01:02:03.123456789Z"),
          0.1,
          List.of("\u0000\"\\\uD83D\uDE00", ""),
          Map.of("a", Long.MAX_VALUE));

  @Test
  void json_and_cbor_bring_a_record_back_as_it_was() throws IOException {
    for (Codec<Everything> codec :
        List.of(Codec.json(Everything.class), Codec.cbor(Everything.class))) {
      assertThat(codec.decode(codec.encode(VALUE))).isEqualTo(VALUE);
    }
  }

  record Derived(ZonedDateTime at, int size) {
    boolean isLarge() {
      return size > 10;
    }

    int getHalf() {
      return size / 2;
    }
  }

  @Test
  void what_a_record_derives_is_not_written_and_a_zone_is() throws IOException {
    Derived value = new Derived(ZonedDateTime.parse("2026-11-30T01:02:03+01:00[Europe/Paris]"), 11);
    assertThat(value.isLarge()).isTrue();
    assertThat(value.getHalf()).isEqualTo(5);
    for (Codec<Derived> codec : List.of(Codec.json(Derived.class), Codec.cbor(Derived.class))) {
      assertThat(codec.decode(codec.encode(value))).isEqualTo(value);
    }
  }

  interface Shape {}

  record Circle(int radius) implements Shape {}

  record Drawn(Shape shape) {}

  @Test
  void a_type_that_cannot_be_read_is_told_when_its_first_value_is_written() {
    assertThatThrownBy(() -> Codec.json(Drawn.class).encode(new Drawn(new Circle(1))))
        .isInstanceOf(JsonProcessingException.class)
        .hasMessageContaining("Shape");
  }

  @Test
  void cbor_is_shorter_than_json() throws IOException {
    assertThat(Codec.cbor(Everything.class).encode(VALUE))
        .hasSizeLessThan(Codec.json(Everything.class).encode(VALUE).length);
  }

  @Test
  void what_another_version_of_the_record_wrote_is_refused_and_not_guessed() throws IOException {
    byte[] json = Codec.json(Everything.class).encode(VALUE);
    byte[] cbor = Codec.cbor(Everything.class).encode(VALUE);
    byte[] narrow = Codec.cbor(Narrower.class).encode(new Narrower(new UUID(1, 2)));
    assertThatThrownBy(() -> Codec.json(Narrower.class).decode(json))
        .isInstanceOf(JsonProcessingException.class);
    assertThatThrownBy(() -> Codec.cbor(Narrower.class).decode(cbor))
        .isInstanceOf(JsonProcessingException.class);
    assertThatThrownBy(() -> Codec.cbor(Everything.class).decode(narrow))
        .isInstanceOf(JsonProcessingException.class);
    assertThatThrownBy(() -> Codec.cbor(Everything.class).decode(json))
        .isInstanceOf(IOException.class);
  }

  @Test
  void bytes_stay_bytes() throws IOException {
    byte[] bytes = {0, -1, 5};
    assertThat(Codec.bytes().decode(Codec.bytes().encode(bytes))).containsExactly(0, -1, 5);
  }
}
