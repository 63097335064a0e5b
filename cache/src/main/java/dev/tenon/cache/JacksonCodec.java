package dev.tenon.cache;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.io.IOException;
import java.util.List;

/** JSON or CBOR by Jackson, strict: what does not fit the type exactly is an error. */
final class JacksonCodec<V> implements Codec<V> {

  /** An empty list or record, which shows nothing of what it can hold. */
  private static final int NOTHING = 2;

  private final ObjectWriter writer;
  private final ObjectReader reader;
  private final String shape;
  private volatile boolean isReadable;

  private JacksonCodec(String format, ObjectMapper mapper, JavaType type) {
    writer = mapper.writerFor(type);
    reader = mapper.readerFor(type);
    shape = format + " " + TypeShape.of(type);
  }

  static <V> JacksonCodec<V> json(Class<V> type) {
    JsonMapper mapper = StrictMapping.of(JsonMapper.builder()).build();
    return new JacksonCodec<>("json", mapper, mapper.constructType(type));
  }

  /** Unmodifiable, without nulls. */
  static <V> Codec<List<V>> jsonList(Class<V> type) {
    JsonMapper mapper = StrictMapping.of(JsonMapper.builder()).build();
    JacksonCodec<List<V>> codec =
        new JacksonCodec<>(
            "json", mapper, mapper.getTypeFactory().constructCollectionType(List.class, type));
    return new Codec<>() {
      @Override
      public byte[] encode(List<V> value) throws IOException {
        return codec.encode(value);
      }

      @Override
      public List<V> decode(byte[] bytes) throws IOException {
        return List.copyOf(codec.decode(bytes));
      }

      @Override
      public String shape() {
        return codec.shape();
      }
    };
  }

  /**
   * Where the library is missing, the caller learns which one.
   *
   * @throws UsageException if it is not there
   */
  static <V> JacksonCodec<V> cbor(Class<V> type) {
    try {
      ObjectMapper mapper = CborMapper.strict();
      return new JacksonCodec<>("cbor", mapper, mapper.constructType(type));
    } catch (NoClassDefFoundError missing) {
      throw new UsageException(
          Problem.what("values cannot be written as CBOR")
              .where("Codec.cbor")
              .why("the library for it is not there")
              .fix("add com.fasterxml.jackson.dataformat:jackson-dataformat-cbor"));
    }
  }

  /** The first is read back: whether a type can be read is seen with its first value. */
  @Override
  public byte[] encode(V value) throws IOException {
    byte[] bytes = writer.writeValueAsBytes(value);
    if (!isReadable) {
      V unused = decode(bytes);
      isReadable = bytes.length > NOTHING;
    }
    return bytes;
  }

  @Override
  public V decode(byte[] bytes) throws IOException {
    V value = reader.readValue(bytes);
    if (value == null) {
      throw new IOException("the value is null");
    }
    return value;
  }

  @Override
  public String shape() {
    return shape;
  }
}
