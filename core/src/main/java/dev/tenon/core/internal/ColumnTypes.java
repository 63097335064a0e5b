package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.Range;
import dev.tenon.core.UsageException;
import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Period;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jooq.Converter;
import org.jooq.DataType;
import org.jooq.EnumType;
import org.jooq.JSON;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jooq.impl.IdentityConverter;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** Which codec a component has, by its own type and that of its column. */
final class ColumnTypes {

  private ColumnTypes() {}

  static ColumnCodec codec(Type type, @Nullable DataType<?> declared) {
    Class<?> raw = raw(type);
    if (declared != null && isConverted(raw, declared)) {
      return converted(raw, declared);
    }
    if (raw == String.class && declared != null && isNamed(declared)) {
      return NamedCodec.of(declared.getTypeName());
    }
    if (raw == String.class && declared != null && isBlankPadded(declared)) {
      return NamedCodec.blankPadded();
    }
    if (raw == JSON.class) {
      return NamedCodec.json();
    }
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
      Class<?> element = raw.getComponentType();
      return new ArrayCodec(element(element, declared), element, element);
    }
    if (raw == List.class || raw == Collection.class) {
      Class<?> element = raw(argument(type));
      boolean isArray = declared != null && declared.getArrayComponentDataType() != null;
      return isArray || isSingle(element)
          ? new ArrayCodec(element(element, declared), element, null)
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

  /** Whether a value fills a column by itself, and is no document. */
  private static boolean isSingle(Class<?> element) {
    return ColumnCodec.isSimple(element)
        || element.isEnum()
        || element == Duration.class
        || element == Period.class;
  }

  /** Arrays of converted elements are arrays of theirs, and Tenon knows its own ranges. */
  private static boolean isConverted(Class<?> raw, DataType<?> declared) {
    return !(declared.getConverter() instanceof IdentityConverter)
        && raw != Range.class
        && declared.getArrayComponentDataType() == null;
  }

  private static ColumnCodec converted(Class<?> raw, DataType<?> declared) {
    Converter<?, ?> converter = declared.getConverter();
    if (MethodType.methodType(raw).wrap().returnType() != converter.toType()) {
      throw new UsageException(
          Problem.what(
                  "the component is a "
                      + raw.getSimpleName()
                      + " and the column is converted to "
                      + converter.toType().getSimpleName())
              .where("record mapping")
              .why("the table declares the column with a converter")
              .fix("give the component the type that the converter makes"));
    }
    Class<?> stored = converter.fromType();
    return new ConvertedCodec(
        stored == Object.class || (stored == String.class && isBound(declared))
            ? bound(declared, stored)
            : codec(stored, null),
        converter);
  }

  /** Whether a binding of the application's renders its values, and not jOOQ's own. */
  private static boolean isBound(DataType<?> declared) {
    return !declared.getBinding().getClass().getPackage().equals(DSL.class.getPackage());
  }

  /** Whether jOOQ knows nothing of the type but its name. */
  private static boolean isNamed(DataType<?> declared) {
    return declared.getConverter().fromType() == Object.class
        && !declared.getTypeName().equals(SQLDataType.OTHER.getTypeName());
  }

  private static boolean isBlankPadded(DataType<?> declared) {
    return declared.getTypeName().equals(SQLDataType.CHAR.getTypeName());
  }

  /** What only the table knows how to write: by its type's name, or as its binding does. */
  private static ColumnCodec bound(DataType<?> declared, Class<?> stored) {
    if (isNamed(declared)) {
      return NamedCodec.of(declared.getTypeName());
    }
    String rendered = DSL.using(SQLDialect.POSTGRES).render(DSL.val(null, declared));
    int parameter = rendered.indexOf('?');
    if (parameter < 0 || parameter != rendered.lastIndexOf('?')) {
      throw new UsageException(
          Problem.what("the binding renders a value as " + Problem.excerpt(rendered))
              .where("record mapping")
              .why("one parameter stands for one value")
              .fix("let the binding render one question mark, with a cast around it"));
    }
    if (!rendered.equals("?")) {
      return NamedCodec.rendering(rendered);
    }
    if (stored == String.class) {
      return ColumnCodec.forType(stored);
    }
    throw new UsageException(
        Problem.what("nothing tells the type of the column in the database")
            .where("record mapping")
            .why("its field is declared as " + declared.getTypeName() + " and renders no cast")
            .fix("name the type in the field, or let its binding render a cast"));
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
