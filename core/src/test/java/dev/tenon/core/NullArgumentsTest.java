package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Hosts.Host;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.SortField;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One rule for all: null where a value is asked for is a {@link UsageException} that names it. */
class NullArgumentsTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  @ParameterizedTest
  @MethodSource("parameters")
  void null_for_any_parameter_is_refused_by_name_before_anything_is_written(
      Method method, int parameter) {
    Object[] arguments =
        Arrays.stream(method.getParameterTypes()).map(this::valid).toArray(Object[]::new);
    arguments[parameter] = null;
    assertThatThrownBy(() -> inTransaction(method, arguments))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(" is null")
        .hasMessageContaining(method.getName());
    assertThat(database.get().sql().fetchCount(Hosts.HOSTS)).isZero();
  }

  static Stream<Arguments> parameters() {
    return Stream.of(
            Repository.class,
            RepositoryBuilder.class,
            Page.Request.class,
            CursorKeys.class,
            Projection.class)
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
        .filter(method -> !method.getName().equals("equals"))
        .flatMap(
            method ->
                Stream.iterate(0, i -> i + 1)
                    .limit(method.getParameterCount())
                    .filter(i -> !method.getParameterTypes()[i].isPrimitive())
                    .map(i -> Arguments.of(method, i)));
  }

  /** Some methods want a transaction, and the others take one. */
  private void inTransaction(Method method, Object[] arguments) throws Exception {
    database
        .get()
        .<Boolean, Exception>transactionResult(
            transaction -> {
              Arrays.setAll(
                  arguments, i -> arguments[i] == database.get() ? transaction : arguments[i]);
              invoke(method, arguments);
              return true;
            });
  }

  private void invoke(Method method, Object[] arguments) throws Exception {
    try {
      method.invoke(receiver(method), arguments);
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause() instanceof Exception refusal ? refusal : thrown;
    }
  }

  private static @Nullable Object receiver(Method method) {
    if (Modifier.isStatic(method.getModifiers())) {
      return null;
    }
    if (method.getDeclaringClass() == Repository.class) {
      return Hosts.REPOSITORY;
    }
    if (method.getDeclaringClass() == Projection.class) {
      return Hosts.REPOSITORY.project(Host.class);
    }
    return method.getDeclaringClass() == RepositoryBuilder.class
        ? Repository.of(Hosts.HOSTS, Host.class)
        : Page.Request.of(1);
  }

  private static final Map<Class<?>, Object> VALID =
      Map.of(
          int.class,
          1,
          long.class,
          1L,
          Duration.class,
          Duration.ofDays(1),
          Collection.class,
          List.of(),
          List.class,
          List.of(),
          OnStale.class,
          OnStale.REPORT,
          Patch.class,
          Patch.of(Hosts.CORES, 1),
          Field[].class,
          new Field<?>[0],
          SortField[].class,
          new SortField<?>[0]);

  private Object valid(Class<?> type) {
    if (type == Session.class || type == Transaction.class) {
      return database.get();
    }
    if (type == Page.Request.class) {
      return Page.Request.of(1);
    }
    if (type == byte[].class || type == byte[][].class) {
      return type == byte[].class ? new byte[32] : new byte[0][];
    }
    Object value = VALID.get(type);
    if (value != null) {
      return value;
    }
    if (type == Condition.class) {
      return DSL.trueCondition();
    }
    if (type == Repository.StreamWork.class) {
      return (Repository.StreamWork<Host, Long, RuntimeException>) Stream::count;
    }
    if (type == Table.class) {
      return Hosts.HOSTS;
    }
    if (type == Class.class) {
      return Host.class;
    }
    // A record or an identifier, erased to Object; only one of the two is right for a method.
    return type == Object.class ? Host.named("alpha") : Hosts.ID;
  }

  @SuppressWarnings("NullAway")
  @ParameterizedTest
  @MethodSource("components")
  void a_request_has_no_null_component(String component) {
    assertThatThrownBy(
            () ->
                new Page.Request(
                    1,
                    component.equals("condition") ? null : DSL.noCondition(),
                    component.equals("order") ? null : List.of(),
                    component.equals("start") ? null : new Page.Start.Beginning()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the " + component + " is null");
  }

  static Stream<String> components() {
    return Arrays.stream(Page.Request.class.getRecordComponents())
        .filter(component -> !component.getType().isPrimitive())
        .map(RecordComponent::getName);
  }

  @SuppressWarnings("NullAway")
  @Test
  void an_order_has_no_null_column() {
    assertThatThrownBy(() -> Page.Request.of(1).orderBy(Hosts.NAME.asc(), (SortField<?>) null))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("column 1 of the order is null");
  }
}
