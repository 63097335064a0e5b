package dev.tenon.timeseries;

import dev.tenon.core.internal.RecordShape;
import java.lang.annotation.Annotation;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.impl.DSL;

/**
 * One component of the record and the column that holds it.
 *
 * @param component the component's name
 * @param javaType its type
 * @param nullable whether it may be null; only components annotated {@code @Nullable} may
 * @param type how it is stored
 * @param field the column for jOOQ, without a table in front
 * @param finite whether NaN and the infinities are refused
 */
record Column(
    String component,
    Class<?> javaType,
    boolean nullable,
    ColumnType type,
    Field<?> field,
    boolean finite) {

  static Column of(RecordComponent component) {
    ColumnType type = ColumnType.of(component.getType(), component.getName());
    return new Column(
        component.getName(),
        component.getType(),
        isNullable(component),
        type,
        DSL.field(DSL.name(RecordShape.columnName(component)), type.dataType()),
        false);
  }

  /** The same, without NaN and the infinities. */
  Column asFinite() {
    return new Column(component, javaType, nullable, type, field, true);
  }

  boolean isFloating() {
    return field.getType() == Double.class || field.getType() == Float.class;
  }

  String name() {
    return field.getName();
  }

  /** Takes any annotation of that name, as the tools do: JSpecify's, or an older one. */
  private static boolean isNullable(RecordComponent component) {
    Stream<Annotation> annotations =
        Stream.concat(
            Arrays.stream(component.getAnnotatedType().getAnnotations()),
            Arrays.stream(component.getAnnotations()));
    return annotations.anyMatch(
        annotation -> annotation.annotationType().getSimpleName().equals("Nullable"));
  }
}
