package dev.tenon.cache;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.type.TypeFactory;
import java.lang.reflect.RecordComponent;
import java.util.HashSet;
import java.util.Set;

/**
 * The name of a type and, of the records in it, the names and types of the components: what changes
 * with the values that Jackson writes.
 */
final class TypeShape {

  private static final TypeFactory TYPES = TypeFactory.defaultInstance();

  private final StringBuilder text = new StringBuilder();
  private final Set<JavaType> described = new HashSet<>();

  private TypeShape() {}

  static String of(JavaType type) {
    TypeShape shape = new TypeShape();
    shape.describe(type);
    return shape.text.toString();
  }

  private void describe(JavaType type) {
    text.append(type.getRawClass().getName());
    if (type.containedTypeCount() > 0) {
      text.append('<');
      for (int i = 0; i < type.containedTypeCount(); i++) {
        describe(type.containedType(i));
        text.append(';');
      }
      text.append('>');
    }
    if (type.isArrayType()) {
      describe(type.getContentType());
    } else if (type.getRawClass().isRecord() && described.add(type)) {
      describeComponents(type);
    }
  }

  private void describeComponents(JavaType type) {
    text.append('(');
    for (RecordComponent component : type.getRawClass().getRecordComponents()) {
      text.append(component.getName()).append(' ');
      describe(TYPES.resolveMemberType(component.getGenericType(), type.getBindings()));
      text.append(';');
    }
    text.append(')');
  }
}
