package dev.tenon.core.internal;

import dev.tenon.core.Range;
import dev.tenon.core.UsageException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Period;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jooq.DataType;
import org.jooq.EnumType;
import org.jspecify.annotations.Nullable;

/** Which codec a component has, by its own type and that of its column. */
final class ColumnTypes {

  private ColumnTypes() {}

  static ColumnCodec codec(Type type, @Nullable DataType<?> declared) {
    Class<?> raw = raw(type);
    if (declared != null && declared.isJSON() && !ColumnCodec.isSimple(raw)) {
      return new DocumentCodec(type, declared.getTypeName().equals("json") ? "json" : "jsonb");
    }
    if (raw.isEnum() || isLabelOf(raw, declared)) {
      return LabelCodec.of(raw, label(raw, declared));
    }
    if (raw == Duration.class || raw == Period.class) {
      return new IntervalCodec(raw);
    }
    if (raw == Range.class) {
      ColumnCodec range = RangeCodec.of(raw(argument(type)));
      if (range == null) {
        throw unmapped(raw);
      }
      return range;
    }
    if (raw.isArray() && !ColumnCodec.isSimple(raw) && !raw.getComponentType().isPrimitive()) {
      return new ArrayCodec(element(raw.getComponentType(), declared), raw.getComponentType());
    }
    if (raw == List.class || raw == Collection.class) {
      Class<?> element = raw(argument(type));
      return ColumnCodec.isSimple(element) || element.isEnum()
          ? new ArrayCodec(element(element, declared), null)
          : new DocumentCodec(type, "jsonb");
    }
    if (raw.isRecord() || raw == Map.class) {
      return new DocumentCodec(type, "jsonb");
    }
    if (!ColumnCodec.isSimple(raw)) {
      throw unmapped(raw);
    }
    return ColumnCodec.forType(raw);
  }

  private static UsageException unmapped(Class<?> type) {
    return ColumnCodec.unmapped(
        type,
        "Duration, Period, byte[], JSONB, enumerations, lists of these, ranges of numbers and"
            + " times, records and maps as documents, and anything where the table declares JSON");
  }

  private static ColumnCodec element(Class<?> element, @Nullable DataType<?> declared) {
    return codec(element, declared == null ? null : declared.getArrayComponentDataType());
  }

  private static boolean isLabelOf(Class<?> raw, @Nullable DataType<?> declared) {
    return raw == String.class
        && declared != null
        && EnumType.class.isAssignableFrom(declared.getType());
  }

  private static Class<?> label(Class<?> raw, @Nullable DataType<?> declared) {
    return declared != null && EnumType.class.isAssignableFrom(declared.getType())
        ? declared.getType()
        : raw;
  }

  private static Type argument(Type type) {
    return type instanceof ParameterizedType parameterized
        ? parameterized.getActualTypeArguments()[0]
        : Object.class;
  }

  private static Class<?> raw(Type type) {
    if (type instanceof Class<?> plain) {
      return plain;
    }
    return type instanceof ParameterizedType parameterized
        ? (Class<?>) parameterized.getRawType()
        : Object.class;
  }
}
