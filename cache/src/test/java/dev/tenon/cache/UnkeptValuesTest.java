package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** What the log says of values that cannot be kept. */
class UnkeptValuesTest {

  private static final RedisKey KEY = new RedisKey("fleet", "host:-:ada%0040example.com", 1);

  @Test
  void the_first_of_an_entity_is_warned_of_without_its_identifier() {
    Recording log = new Recording();
    for (String entity : List.of("host", "plan")) {
      Counters counters = new Counters();
      StoredValues<byte[]> values = values(counters, new UnkeptValues(log, entity));
      for (int i = 0; i < 3; i++) {
        assertThat(values.sealed(KEY, new StoredValue<>(new byte[11], 0, 0, List.of()))).isNull();
        assertThat(values.sealed(KEY, new StoredValue<>(new byte[0], 0, 0, List.of()))).isNull();
      }
      assertThat(counters.read().oversized()).isEqualTo(3);
      assertThat(counters.read().codecFailures()).isEqualTo(3);
    }
    assertThat(log.lines).hasSize(4);
    assertThat(log.lines).noneMatch(line -> line.contains("ada"));
    assertThat(log.lines.get(0)).contains("host", "11 bytes", "oversized");
    assertThat(log.lines.get(1)).contains("host", "it is empty", "codecFailures");
    assertThat(log.lines.get(2)).contains("plan", "11 bytes");
    assertThat(log.lines.get(3)).contains("plan", "it is empty");
  }

  /** None has tags, so nothing asks when tags were invalidated. */
  @SuppressWarnings("NullAway")
  private static StoredValues<byte[]> values(Counters counters, UnkeptValues unkept) {
    CachePolicy policy = CachePolicy.timeToLive(Duration.ofMinutes(1)).withLargestValue(10);
    return new StoredValues<>(new Picky(), policy, null, counters, unkept);
  }

  private static final class Picky implements Codec<byte[]> {
    @Override
    public byte[] encode(byte[] value) throws IOException {
      if (value.length == 0) {
        throw new IOException("it is empty");
      }
      return value;
    }

    @Override
    public byte[] decode(byte[] bytes) {
      return bytes;
    }
  }

  /** A log whose threshold is WARN. */
  private static final class Recording extends LegacyAbstractLogger {

    private static final long serialVersionUID = 1;

    final List<String> lines = new ArrayList<>();

    @Override
    public boolean isTraceEnabled() {
      return false;
    }

    @Override
    public boolean isDebugEnabled() {
      return false;
    }

    @Override
    public boolean isInfoEnabled() {
      return false;
    }

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }

    @Override
    protected String getFullyQualifiedCallerName() {
      return Recording.class.getName();
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level, Marker marker, String pattern, Object[] arguments, Throwable cause) {
      lines.add(MessageFormatter.basicArrayFormat(pattern, arguments) + " " + cause);
    }
  }
}
