package dev.tenon.core.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Every call on an object of the driver's, so that what it executes runs in the session and what it
 * returns leads to no connection but the one on loan.
 *
 * <p>For what is rare and cannot carry a frame: static statements, calls, generated keys and the
 * description of the database. A method that a later JDBC adds is covered by its name: {@code
 * execute…} is what reaches the server.
 */
final class GuardedCalls implements InvocationHandler {

  /** What asks the server nothing, and is called by who cleans up late. */
  private static final Set<String> AFTER_THE_LOAN = Set.of("close", "isClosed", "toString");

  /** What the driver tells of a database without asking it, as jOOQ wants to know once. */
  private static final Pattern KNOWN = Pattern.compile("get(Database|Driver|JDBC)\\w+");

  private final Object delegate;
  private final GuardedConnection connection;
  private final @Nullable FramedConnection executing;
  private final StringBuilder batch = new StringBuilder();
  private String text;

  private GuardedCalls(
      Object delegate,
      GuardedConnection connection,
      @Nullable FramedConnection executing,
      String text) {
    this.delegate = delegate;
    this.connection = connection;
    this.executing = executing;
    this.text = text;
  }

  static <T> T around(Class<T> type, T delegate, GuardedConnection connection) {
    return proxy(type, new GuardedCalls(delegate, connection, null, ""));
  }

  /** A statement, each execution of which has the settings of its session sent ahead. */
  static <T extends Statement> T executing(
      Class<T> type, T delegate, FramedConnection connection, String text) {
    return proxy(type, new GuardedCalls(delegate, connection, connection, text));
  }

  private static <T> T proxy(Class<T> type, GuardedCalls calls) {
    return type.cast(
        Proxy.newProxyInstance(GuardedCalls.class.getClassLoader(), new Class<?>[] {type}, calls));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] given)
      throws Throwable {
    @Nullable Object[] arguments = given == null ? new Object[0] : given;
    return switch (method.getName()) {
      case "getConnection" -> connection;
      case "unwrap" -> GuardedConnection.unwrap(proxy, (Class<?>) argument(arguments));
      case "isWrapperFor" -> ((Class<?>) argument(arguments)).isInstance(proxy);
      case "equals" -> proxy == arguments[0];
      case "hashCode" -> System.identityHashCode(proxy);
      default -> guarded(proxy, method, arguments);
    };
  }

  private @Nullable Object guarded(Object proxy, Method method, @Nullable Object[] arguments)
      throws Throwable {
    if (!AFTER_THE_LOAN.contains(method.getName())) {
      connection.requireOnLoan();
    }
    if (delegate instanceof DatabaseMetaData && !KNOWN.matcher(method.getName()).matches()) {
      connection.beforeMetaData();
    }
    Statement statement = proxy instanceof Statement own ? own : null;
    if (arguments.length > 0 && arguments[0] instanceof String sql) {
      note(sql, method.getName());
    }
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = GuardedArray.driverOwn(arguments[i]);
    }
    if (executing != null && method.getName().startsWith("execute")) {
      boolean many = method.getName().endsWith("Batch");
      String sent = many && !(delegate instanceof PreparedStatement) ? batch.toString() : text;
      batch.setLength(0);
      executing.requireRunnable(sent, isPlain(method, arguments));
      Optional<Object> result =
          executing.ahead(
              many, sent, () -> Optional.ofNullable(call(method, arguments)), (Statement) delegate);
      return connection.guarded(result.orElse(null), statement);
    }
    Object value = connection.guarded(call(method, arguments), statement);
    if (method.getName().equals("clearBatch")) {
      batch.setLength(0);
    }
    if (method.getName().equals("close")) {
      connection.resultSetMayHaveClosed();
    }
    return value;
  }

  /** Texts of a batch are each on a line of its own, which no comment before it reaches. */
  private void note(String sql, String method) throws SQLException {
    if (method.startsWith("execute")) {
      text = sql;
    } else if (method.equals("addBatch")) {
      if (executing != null) {
        executing.requireFit(sql);
        executing.requireRunnable(sql, false);
      }
      batch.append("\n;").append(sql);
    }
  }

  /** One text that returns no rows, neither of its own nor keys. */
  private boolean isPlain(Method method, @Nullable Object[] arguments) {
    return !(delegate instanceof PreparedStatement)
        && arguments.length == 1
        && !method.getName().equals("executeQuery");
  }

  private static Object argument(@Nullable Object[] arguments) {
    return Objects.requireNonNull(arguments[0], "type");
  }

  private @Nullable Object call(Method method, @Nullable Object[] arguments) throws SQLException {
    return call(delegate, method, arguments);
  }

  /** Calls a method, and throws what it throws. */
  static @Nullable Object call(Object delegate, Method method, @Nullable Object[] arguments)
      throws SQLException {
    try {
      return method.invoke(delegate, arguments);
    } catch (InvocationTargetException thrown) {
      if (thrown.getCause() instanceof SQLException error) {
        throw error;
      }
      if (thrown.getCause() instanceof RuntimeException error) {
        throw error;
      }
      if (thrown.getCause() instanceof Error error) {
        throw error;
      }
      throw new SQLException(thrown.getCause());
    } catch (IllegalAccessException impossible) {
      throw new SQLException(impossible);
    }
  }
}
