package dev.tenon.cache;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;

/** Strict JSON: what does not fit the type exactly is an error. */
final class JsonCodec<V> implements Codec<V> {

  private final ObjectWriter writer;
  private final ObjectReader reader;

  JsonCodec(Class<V> type) {
    JsonMapper mapper =
        JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .enable(
                DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();
    writer = mapper.writerFor(type);
    reader = mapper.readerFor(type);
  }

  @Override
  public byte[] encode(V value) throws IOException {
    return writer.writeValueAsBytes(value);
  }

  @Override
  public V decode(byte[] bytes) throws IOException {
    V value = reader.readValue(bytes);
    if (value == null) {
      throw new IOException("the JSON text is null");
    }
    return value;
  }
}
