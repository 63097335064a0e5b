package dev.tenon.vector;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which types of a record's component are embeddings, how one is made of what the server sends, and
 * what it is as a text.
 */
final class EmbeddingBytes {

  private EmbeddingBytes() {}

  static boolean isEmbedding(Class<?> type) {
    return isDense(type) || type == BinaryEmbedding.class || type == SparseEmbedding.class;
  }

  static boolean isDense(Class<?> type) {
    return type == float[].class || type == Embedding.class;
  }

  /** Whether vectors of the element are held as this type. */
  static boolean holds(Class<?> type, Element element) {
    return switch (element) {
      case SINGLE, HALF -> isDense(type);
      case BIT -> type == BinaryEmbedding.class;
      case SPARSE -> type == SparseEmbedding.class;
    };
  }

  /** As the server reads it: of what a space made of a vector. */
  static String text(Object vector) {
    return vector instanceof float[] components ? Arrays.toString(components) : (String) vector;
  }

  /**
   * @param sent what {@link Element#sent} gave; null where the row has no embedding
   */
  static @Nullable Object read(byte @Nullable [] sent, Class<?> type) {
    if (sent == null) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.wrap(sent);
    if (type == BinaryEmbedding.class) {
      return binary(bytes);
    }
    if (type == SparseEmbedding.class) {
      return sparse(bytes);
    }
    float[] vector = dense(bytes);
    return type == Embedding.class ? Embedding.owning(vector) : vector;
  }

  /** Dimensions, two bytes unused, the components. */
  private static float[] dense(ByteBuffer bytes) {
    bytes.getInt();
    float[] vector = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(vector);
    return vector;
  }

  /** The number of bits, then eight in each byte. */
  private static BinaryEmbedding binary(ByteBuffer bytes) {
    int dimensions = bytes.getInt();
    byte[] packed = new byte[bytes.remaining()];
    bytes.get(packed);
    return BinaryEmbedding.owning(dimensions, packed);
  }

  /** Dimensions, how many are not zero, four bytes unused, their positions, their values. */
  private static SparseEmbedding sparse(ByteBuffer bytes) {
    int dimensions = bytes.getInt();
    int size = bytes.getInt();
    bytes.getInt();
    int[] positions = new int[size];
    for (int i = 0; i < size; i++) {
      positions[i] = bytes.getInt();
    }
    float[] values = new float[size];
    bytes.asFloatBuffer().get(values);
    return SparseEmbedding.owning(dimensions, positions, values);
  }
}
