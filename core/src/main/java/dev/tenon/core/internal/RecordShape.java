package dev.tenon.core.internal;

import dev.tenon.core.Column;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a record type is taken apart and put together, through method handles made once.
 *
 * <p>Immutable and safe for use by many threads.
 *
 * @param <T> the record type
 */
public final class RecordShape<T> {

  private static final MethodType GETTER = MethodType.methodType(Object.class, Object.class);
  private static final MethodType CREATOR = MethodType.methodType(Object.class, Object[].class);

  private final Class<T> type;
  private final List<RecordComponent> components;
  private final MethodHandle[] getters;
  private final MethodHandle constructor;

  private RecordShape(
      Class<T> type,
      List<RecordComponent> components,
      MethodHandle[] getters,
      MethodHandle constructor) {
    this.type = type;
    this.components = components;
    this.getters = getters;
    this.constructor = constructor;
  }

  /**
   * Reads the shape of a record type.
   *
   * @throws UsageException if it is not a record, or its module does not open it to Tenon
   */
  public static <T> RecordShape<T> of(Class<T> type) {
    if (!type.isRecord()) {
      throw new UsageException(
          Problem.what(type.getTypeName() + " is not a record")
              .where("mapping of " + type.getTypeName())
              .why("rows are mapped to immutable values only")
              .fix("declare it as a record whose components are named like the columns"));
    }
    List<RecordComponent> components = List.of(type.getRecordComponents());
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      MethodHandle[] getters = new MethodHandle[components.size()];
      for (int i = 0; i < getters.length; i++) {
        var accessor = components.get(i).getAccessor();
        accessor.setAccessible(true);
        getters[i] = lookup.unreflect(accessor).asType(GETTER);
      }
      Constructor<T> canonical =
          type.getDeclaredConstructor(
              components.stream().map(RecordComponent::getType).toArray(Class<?>[]::new));
      canonical.setAccessible(true);
      MethodHandle constructor =
          lookup
              .unreflectConstructor(canonical)
              .asSpreader(Object[].class, components.size())
              .asType(CREATOR);
      return new RecordShape<>(type, components, getters, constructor);
    } catch (InaccessibleObjectException | ReflectiveOperationException error) {
      throw new UsageException(
          Problem.what(type.getName() + " cannot be reached")
              .where("mapping of " + type.getTypeName())
              .why("its module does not open its package")
              .fix("add to module-info: opens " + type.getPackageName() + " to dev.tenon.core"),
          error);
    }
  }

  /** The column that a component maps to: {@code hostId} is {@code host_id}, unless it says. */
  public static String columnName(RecordComponent component) {
    Column column = component.getAnnotation(Column.class);
    return column == null
        ? component.getName().replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT)
        : column.value();
  }

  public Class<T> type() {
    return type;
  }

  public List<RecordComponent> components() {
    return components;
  }

  /** The position of the component that maps to this column by default, or -1. */
  public int indexOfColumn(String column) {
    for (int i = 0; i < components.size(); i++) {
      if (columnName(components.get(i)).equals(column)) {
        return i;
      }
    }
    return -1;
  }

  /** The value of one component. */
  public @Nullable Object get(T record, int component) {
    try {
      return (Object) getters[component].invokeExact((Object) record);
    } catch (RuntimeException | Error error) {
      throw error;
    } catch (Throwable checked) {
      throw new IllegalStateException(checked);
    }
  }

  /**
   * Makes a record of values in the order of its components.
   *
   * @throws InvalidDataException if the record's own constructor refuses them, or a primitive
   *     component gets null
   */
  public T create(@Nullable Object[] values) {
    try {
      return type.cast((Object) constructor.invokeExact(values));
    } catch (Error error) {
      throw error;
    } catch (Throwable refused) {
      throw unfit(values, refused);
    }
  }

  private InvalidDataException unfit(@Nullable Object[] values, Throwable refused) {
    for (int i = 0; i < values.length; i++) {
      RecordComponent component = components.get(i);
      if (values[i] == null && component.getType().isPrimitive()) {
        return new InvalidDataException(
            Problem.what("the column " + columnName(component) + " is null")
                .where(type.getSimpleName() + "." + component.getName())
                .why("the component is a " + component.getType() + ", which knows no null")
                .fix("make the component nullable (a wrapper type), or the column not null"),
            refused);
      }
    }
    return new InvalidDataException(
        Problem.what("the constructor of " + type.getSimpleName() + " refuses a row")
            .where("record mapping")
            .why("it threw a " + refused.getClass().getSimpleName() + "; the cause tells it")
            .fix("correct the row, or let the record take what the table stores"),
        refused);
  }
}
