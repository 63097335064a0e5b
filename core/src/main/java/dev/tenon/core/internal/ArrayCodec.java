package dev.tenon.core.internal;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A list, or an array of objects, as an array of one dimension; its elements may be null. */
final class ArrayCodec extends CastCodec {

  private final ColumnCodec element;
  private final Class<?> elementType;
  private final @Nullable Class<?> arrayOf;

  /**
   * The codec of an array.
   *
   * @param elementType what the component holds
   * @param arrayOf the type of the elements of an array; null for a list
   */
  ArrayCodec(ColumnCodec element, Class<?> elementType, @Nullable Class<?> arrayOf) {
    super(element.sqlType() + "[]");
    this.element = element;
    this.elementType = elementType;
    this.arrayOf = arrayOf;
  }

  @Override
  public String text(Object value) {
    Collection<?> elements =
        value instanceof Object[] array ? Arrays.asList(array) : (Collection<?>) value;
    ArrayLiteral literal = new ArrayLiteral(elements.size());
    for (Object each : elements) {
      literal.add(element.isBare(), element.textOrNull(each));
    }
    return literal.end();
  }

  /** Each element as it will be read, so that none is written which nobody can read. */
  @Override
  public Optional<Object> adopted(Object value) {
    if (!(value instanceof Object[] || value instanceof Collection)) {
      return Optional.empty();
    }
    Collection<?> elements =
        value instanceof Object[] array ? Arrays.asList(array) : (Collection<?>) value;
    List<@Nullable Object> own = new ArrayList<>();
    for (Object each : elements) {
      Object fit = each == null || holds(each) ? each : element.adopted(each).orElse(null);
      if (each != null && fit == null) {
        throw new UsageException(
            Problem.what("element " + own.size() + " is a " + each.getClass().getSimpleName())
                .where("record mapping")
                .why("the component holds " + elementType.getSimpleName())
                .fix("pass elements of that type"));
      }
      own.add(fit);
    }
    return Optional.of(parsed(text(own)));
  }

  private boolean holds(Object each) {
    return elementType.isInstance(each) || (elementType.isEnum() && each instanceof String);
  }

  @Override
  public Object parsed(String text) {
    List<@Nullable Object> elements = new ArrayList<>();
    Reading reading = new Reading(text, Math.max(text.indexOf('{'), 0) + 1);
    while (reading.hasElement()) {
      String next = reading.element();
      elements.add(next == null ? null : element.parsed(next));
    }
    return arrayOf == null
        ? Collections.unmodifiableList(elements)
        : elements.toArray((Object[]) java.lang.reflect.Array.newInstance(arrayOf, 0));
  }

  /** A literal of the server's, from its first element on. */
  private static final class Reading {

    private final String text;
    private int next;

    Reading(String text, int first) {
      this.text = text;
      this.next = first;
    }

    boolean hasElement() {
      if (text.charAt(next) == ',') {
        next++;
      }
      return text.charAt(next) != '}';
    }

    @Nullable String element() {
      if (text.charAt(next) == '{') {
        throw new InvalidDataException(
            Problem.what("the array has more than one dimension")
                .where("record mapping")
                .why("a list of a record holds single values")
                .fix("read the column through session.sql(), or store it as jsonb"));
      }
      return text.charAt(next) == '"' ? quoted() : plain();
    }

    private @Nullable String plain() {
      int start = next;
      while (text.charAt(next) != ',' && text.charAt(next) != '}') {
        next++;
      }
      String element = text.substring(start, next);
      return element.equalsIgnoreCase("NULL") ? null : element;
    }

    private String quoted() {
      StringBuilder element = new StringBuilder();
      while (text.charAt(++next) != '"') {
        if (text.charAt(next) == '\\') {
          next++;
        }
        element.append(text.charAt(next));
      }
      next++;
      return element.toString();
    }
  }
}
