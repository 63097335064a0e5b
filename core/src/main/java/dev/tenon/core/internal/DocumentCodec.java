package dev.tenon.core.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import java.lang.reflect.Type;
import java.util.Optional;
import org.jooq.JSON;
import org.jooq.JSONB;

/** Any value that Jackson knows as a JSON document. */
final class DocumentCodec extends CastCodec {

  /** As jsonb writes the longest number that it holds. */
  private static final int MOST_DIGITS = 150_000;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNumberLength(MOST_DIGITS)
                          .maxNameLength(Integer.MAX_VALUE)
                          .maxStringLength(Integer.MAX_VALUE)
                          .build())
                  .build())
          .addModule(new JavaTimeModule())
          .enable(
              DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS,
              DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
              DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
          .disable(
              SerializationFeature.WRITE_DATES_AS_TIMESTAMPS,
              SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .build();

  private final JavaType type;
  private final ObjectWriter writer;
  private final ObjectReader reader;

  DocumentCodec(Type type, String sqlType) {
    super(sqlType);
    this.type = MAPPER.constructType(type);
    this.writer = MAPPER.writerFor(this.type);
    this.reader = MAPPER.readerFor(this.type);
  }

  @Override
  public String text(Object value) {
    try {
      return DocumentText.requireStorable(writer.writeValueAsString(value));
    } catch (JsonProcessingException error) {
      throw unfit(error, "the value cannot be written as a JSON document");
    }
  }

  @Override
  public Object parsed(String text) {
    try {
      return reader.readValue(text);
    } catch (JsonProcessingException error) {
      throw unfit(error, "the JSON document is no " + type.getRawClass().getSimpleName());
    }
  }

  /** Of the text as it is: what jOOQ makes of it in toString rounds numbers. */
  @Override
  public Optional<Object> adopted(Object value) {
    if (value instanceof JSONB json) {
      return Optional.of(document(json.data()));
    }
    return value instanceof JSON json ? Optional.of(document(json.data())) : Optional.empty();
  }

  private Object document(String json) {
    Object document = parsed(json);
    if (document == null) {
      throw new InvalidDataException(
          Problem.what("the JSON document is null")
              .where("record mapping")
              .why("it is no " + type.getRawClass().getSimpleName())
              .fix("pass null itself, which makes the column null"));
    }
    return document;
  }

  /** Without the text of Jackson, which repeats values. */
  private TenonException unfit(JsonProcessingException error, String what) {
    if (error instanceof InvalidDefinitionException definition) {
      return new UsageException(
          Problem.what("Jackson cannot handle " + unhandled(definition) + " in a document")
              .where("record mapping of " + type.toCanonical())
              .why("it has no property, no constructor that it can call, or wants a Jackson module")
              .fix(
                  "make it a record, with components that may be null in place of Optional; in a"
                      + " module, open its package to com.fasterxml.jackson.databind"),
          error);
    }
    String path =
        error instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()
            ? " at " + Problem.excerpt(path(mapping))
            : "";
    return new InvalidDataException(
        Problem.what(what + path)
            .where("record mapping")
            .why("a property is missing, unknown, null or of another type")
            .fix(
                "correct it, or let the record take it: @JsonIgnoreProperties drops unknown ones"));
  }

  private String unhandled(InvalidDefinitionException definition) {
    String handled =
        definition.getType() == null ? type.toCanonical() : definition.getType().toCanonical();
    return definition.getPath().isEmpty()
        ? handled
        : handled + " at " + Problem.excerpt(path(definition));
  }

  private static String path(JsonMappingException mapping) {
    StringBuilder path = new StringBuilder("$");
    for (JsonMappingException.Reference step : mapping.getPath()) {
      path.append(
          step.getFieldName() == null ? "[" + step.getIndex() + "]" : "." + step.getFieldName());
    }
    return path.toString();
  }
}
