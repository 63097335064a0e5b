package dev.tenon.cache;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.cfg.MapperBuilder;
import com.fasterxml.jackson.databind.cfg.MutableCoercionConfig;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.std.DelegatingDeserializer;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedMethod;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.type.ArrayType;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;

/** How Jackson reads nothing but what it writes: what does not fit a type exactly is an error. */
final class StrictMapping {

  private StrictMapping() {}

  static <M extends ObjectMapper, B extends MapperBuilder<M, B>> B of(B builder) {
    B strict =
        builder
            .addModule(new JavaTimeModule())
            .addModule(new Jdk8Module())
            .addModule(new SimpleModule().setDeserializerModifier(new TextsOnly()))
            .enable(
                DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS,
                DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(
                DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE,
                DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(SerializationFeature.WRITE_DATES_WITH_ZONE_ID)
            .disable(
                SerializationFeature.WRITE_DATES_AS_TIMESTAMPS,
                SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            .annotationIntrospector(new RecordComponents());
    return withoutCoercions(strict);
  }

  private static <M extends ObjectMapper, B extends MapperBuilder<M, B>> B withoutCoercions(
      B builder) {
    return builder
        .withCoercionConfigDefaults(
            all -> all.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail))
        .withCoercionConfig(
            LogicalType.Textual,
            text ->
                text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
        .withCoercionConfig(URI.class, StrictMapping::mayBeEmpty)
        .withCoercionConfig(Locale.class, StrictMapping::mayBeEmpty);
  }

  private static void mayBeEmpty(MutableCoercionConfig type) {
    type.setCoercion(CoercionInputShape.EmptyString, CoercionAction.TryConvert);
  }

  /** Times, UUIDs and the like are text, for which Jackson would also take other scalars. */
  private static final class TextsOnly extends BeanDeserializerModifier {

    private static final long serialVersionUID = 1;

    @Override
    public JsonDeserializer<?> modifyDeserializer(
        DeserializationConfig config, BeanDescription bean, JsonDeserializer<?> deserializer) {
      return guarded(deserializer);
    }

    @Override
    public JsonDeserializer<?> modifyArrayDeserializer(
        DeserializationConfig config,
        ArrayType array,
        BeanDescription bean,
        JsonDeserializer<?> deserializer) {
      return guarded(deserializer);
    }

    private static JsonDeserializer<?> guarded(JsonDeserializer<?> deserializer) {
      LogicalType type = deserializer.logicalType();
      return type == LogicalType.DateTime
              || type == LogicalType.OtherScalar
              || type == LogicalType.Binary
          ? new TextOnly(deserializer)
          : deserializer;
    }
  }

  /** Of text, or in CBOR of bytes. */
  private static final class TextOnly extends DelegatingDeserializer {

    private static final long serialVersionUID = 1;

    TextOnly(JsonDeserializer<?> delegatee) {
      super(delegatee);
    }

    @Override
    protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> delegatee) {
      return new TextOnly(delegatee);
    }

    @Override
    public Object deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      return parser.hasToken(JsonToken.VALUE_STRING)
              || parser.hasToken(JsonToken.VALUE_EMBEDDED_OBJECT)
          ? super.deserialize(parser, context)
          : context.handleUnexpectedToken(handledType(), parser);
    }
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
