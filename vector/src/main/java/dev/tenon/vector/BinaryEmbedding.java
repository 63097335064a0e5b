package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A vector of bits, as a value; pgvector's element {@code bit}.
 *
 * <p>Bit 0 is the first that the server prints. Immutable.
 */
public final class BinaryEmbedding {

  private static final int SHOWN = 8;

  private final int dimensions;
  private final byte[] packed;

  private BinaryEmbedding(int dimensions, byte[] packed) {
    this.dimensions = dimensions;
    this.packed = packed;
  }

  /** One of these bits, in their order. */
  public static BinaryEmbedding of(boolean... bits) {
    byte[] packed = new byte[bytes(bits.length)];
    for (int i = 0; i < bits.length; i++) {
      if (bits[i]) {
        packed[i / Byte.SIZE] |= (byte) (0x80 >> i % Byte.SIZE);
      }
    }
    return new BinaryEmbedding(bits.length, packed);
  }

  /**
   * One of bits that are packed, eight in a byte, the first as its highest.
   *
   * @param dimensions how many bits
   * @throws UsageException if the bytes are too many or too few, or a bit behind the last is set
   */
  public static BinaryEmbedding ofPacked(int dimensions, byte... packed) {
    int unused = packed.length * Byte.SIZE - dimensions;
    if (dimensions < 0
        || packed.length != bytes(dimensions)
        || (unused > 0 && (packed[packed.length - 1] & ((1 << unused) - 1)) != 0)) {
      throw new UsageException(
          Problem.what(packed.length + " bytes were given for " + dimensions + " bits")
              .where("BinaryEmbedding.ofPacked")
              .why("eight bits are packed in a byte, and those behind the last are 0")
              .fix("pass " + bytes(Math.max(dimensions, 0)) + " bytes, or other dimensions"));
    }
    return new BinaryEmbedding(dimensions, packed.clone());
  }

  /** Which components are positive, as the server's {@code binary_quantize} tells. */
  public static BinaryEmbedding ofSigns(float... components) {
    boolean[] bits = new boolean[components.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = components[i] > 0;
    }
    return of(bits);
  }

  /** Takes over an array that nobody else holds. */
  static BinaryEmbedding owning(int dimensions, byte[] packed) {
    return new BinaryEmbedding(dimensions, packed);
  }

  private static int bytes(int bits) {
    return (bits + Byte.SIZE - 1) / Byte.SIZE;
  }

  /** How many bits it has. */
  public int dimensions() {
    return dimensions;
  }

  /**
   * Whether a bit is set.
   *
   * @throws IndexOutOfBoundsException if there is none of that number, from 0
   */
  public boolean get(int bit) {
    if (bit < 0 || bit >= dimensions) {
      throw new IndexOutOfBoundsException("bit " + bit + " of " + dimensions);
    }
    return (packed[bit / Byte.SIZE] & (0x80 >> bit % Byte.SIZE)) != 0;
  }

  /** A copy of the bits, eight in a byte, the first as its highest. */
  public byte[] toPacked() {
    return packed.clone();
  }

  /** As the server reads it: a digit for each bit. */
  String text() {
    char[] digits = new char[dimensions];
    for (int i = 0; i < dimensions; i++) {
      digits[i] = get(i) ? '1' : '0';
    }
    return new String(digits);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof BinaryEmbedding that
        && dimensions == that.dimensions
        && Arrays.equals(packed, that.packed);
  }

  @Override
  public int hashCode() {
    return 31 * dimensions + Arrays.hashCode(packed);
  }

  /** The first bytes, and the number of all bits. */
  @Override
  public String toString() {
    String shown = HexFormat.of().formatHex(packed, 0, Math.min(SHOWN, packed.length));
    return "bits " + shown + (packed.length > SHOWN ? "…" : "") + " of " + dimensions;
  }
}
