package dev.tenon.cache;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.MapperBuilder;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.io.IOException;

/** JSON or CBOR by Jackson, strict: what does not fit the type exactly is an error. */
final class JacksonCodec<V> implements Codec<V> {

  private final ObjectWriter writer;
  private final ObjectReader reader;

  private JacksonCodec(ObjectMapper mapper, Class<V> type) {
    writer = mapper.writerFor(type);
    reader = mapper.readerFor(type);
  }

  static <V> JacksonCodec<V> json(Class<V> type) {
    return new JacksonCodec<>(strict(JsonMapper.builder()).build(), type);
  }

  /**
   * Where the library is missing, the caller learns which one.
   *
   * @throws UsageException if it is not there
   */
  static <V> JacksonCodec<V> cbor(Class<V> type) {
    try {
      return new JacksonCodec<>(CborMapper.strict(), type);
    } catch (NoClassDefFoundError missing) {
      throw new UsageException(
          Problem.what("values cannot be written as CBOR")
              .where("Codec.cbor")
              .why("the library for it is not there")
              .fix("add com.fasterxml.jackson.dataformat:jackson-dataformat-cbor"));
    }
  }

  static <M extends ObjectMapper, B extends MapperBuilder<M, B>> B strict(B builder) {
    return builder
        .addModule(new JavaTimeModule())
        .enable(
            DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
            DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
            DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
            DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);
  }

  @Override
  public byte[] encode(V value) throws IOException {
    return writer.writeValueAsBytes(value);
  }

  @Override
  public V decode(byte[] bytes) throws IOException {
    V value = reader.readValue(bytes);
    if (value == null) {
      throw new IOException("the value is null");
    }
    return value;
  }
}
