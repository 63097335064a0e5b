package dev.tenon.cache;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.MapperBuilder;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedMethod;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** JSON or CBOR by Jackson, strict: what does not fit the type exactly is an error. */
final class JacksonCodec<V> implements Codec<V> {

  /** An empty list or record, which shows nothing of what it can hold. */
  private static final int NOTHING = 2;

  private final ObjectWriter writer;
  private final ObjectReader reader;
  private volatile boolean isReadable;

  private JacksonCodec(ObjectMapper mapper, JavaType type) {
    writer = mapper.writerFor(type);
    reader = mapper.readerFor(type);
  }

  static <V> JacksonCodec<V> json(Class<V> type) {
    JsonMapper mapper = strict(JsonMapper.builder()).build();
    return new JacksonCodec<>(mapper, mapper.constructType(type));
  }

  /** Unmodifiable, without nulls. */
  static <V> Codec<List<V>> jsonList(Class<V> type) {
    JsonMapper mapper = strict(JsonMapper.builder()).build();
    JacksonCodec<List<V>> codec =
        new JacksonCodec<>(
            mapper, mapper.getTypeFactory().constructCollectionType(List.class, type));
    return new Codec<>() {
      @Override
      public byte[] encode(List<V> value) throws IOException {
        return codec.encode(value);
      }

      @Override
      public List<V> decode(byte[] bytes) throws IOException {
        return List.copyOf(codec.decode(bytes));
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
      return new JacksonCodec<>(mapper, mapper.constructType(type));
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
        .enable(SerializationFeature.WRITE_DATES_WITH_ZONE_ID)
        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
        .annotationIntrospector(new RecordComponents());
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

  /** A record is its components: what it derives from them is not written. */
  private static final class RecordComponents extends JacksonAnnotationIntrospector {

    private static final long serialVersionUID = 1;

    @Override
    public boolean hasIgnoreMarker(AnnotatedMember member) {
      return super.hasIgnoreMarker(member)
          || (member.getDeclaringClass().isRecord()
              && member instanceof AnnotatedMethod method
              && Arrays.stream(member.getDeclaringClass().getRecordComponents())
                  .noneMatch(component -> component.getAccessor().equals(method.getAnnotated())));
    }
  }
}
