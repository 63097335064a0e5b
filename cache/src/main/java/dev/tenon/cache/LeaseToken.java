package dev.tenon.cache;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The tokens of the leases of this process: {@code l}, or {@code w} of a writer, the process, a
 * colon and a number.
 *
 * <p>They stand where a value would, so no value begins like one.
 */
final class LeaseToken {

  /** Whether Lua's {@code value} is one; {@link #isOne} for Redis. */
  static final String LUA =
      """
      local function lease(value)
        local mark = string.sub(value, 1, 1)
        return #value <= 57 and string.sub(value, 38, 38) == ':' and (mark == 'l' or mark == 'w') and mark
      end
      """;

  private static final int COLON = 37;
  private static final int LONGEST = 57;
  private static final byte LOADER = 'l';
  private static final byte WRITER = 'w';

  private final String process = UUID.randomUUID().toString();
  private final AtomicLong last = new AtomicLong();

  byte[] ofLoader() {
    return of(LOADER);
  }

  /** Of one whom nobody waits for. */
  byte[] ofWriter() {
    return of(WRITER);
  }

  private byte[] of(byte mark) {
    String text = (char) mark + process + ":" + last.incrementAndGet();
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  static boolean isOne(byte[] bytes) {
    return bytes.length > COLON
        && bytes.length <= LONGEST
        && bytes[COLON] == ':'
        && (bytes[0] == LOADER || bytes[0] == WRITER);
  }

  /** Whether the holder of this one writes. */
  static boolean isOfWriter(byte[] token) {
    return token[0] == WRITER;
  }
}
