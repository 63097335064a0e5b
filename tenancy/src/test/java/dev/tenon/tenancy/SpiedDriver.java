package dev.tenon.tenancy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection of the real driver that notes what is called on it, and complains of each execution
 * that reaches the server without a tenant.
 */
final class SpiedDriver {

  /** Marks what stands for the driver's own objects. */
  interface Raw {}

  private final Connection real;
  private final List<String> calls = new ArrayList<>();
  private final List<String> withoutTenant = new ArrayList<>();
  private boolean bound;

  SpiedDriver(Connection real) {
    this.real = real;
  }

  Connection connection() {
    return spied(Connection.class, real, "");
  }

  /** The methods called on the driver that execute nothing. */
  List<String> calls() {
    return calls;
  }

  /** The texts that reached the server outside every tenant. */
  List<String> withoutTenant() {
    return withoutTenant;
  }

  void forget() {
    calls.clear();
    withoutTenant.clear();
  }

  /** Whether a caller could reach the server through this past its session. */
  static boolean isRaw(@Nullable Object value) {
    if (value instanceof Raw) {
      return true;
    }
    boolean leads =
        value instanceof Connection
            || value instanceof Statement
            || value instanceof ResultSet
            || value instanceof DatabaseMetaData
            || value instanceof Array;
    return leads && value != null && value.getClass().getName().startsWith("org.postgresql");
  }

  private <T> T spied(Class<T> type, Object target, String text) {
    return type.cast(
        Proxy.newProxyInstance(
            SpiedDriver.class.getClassLoader(),
            new Class<?>[] {type, Raw.class},
            (proxy, method, arguments) -> called(target, text, method, arguments)));
  }

  private @Nullable Object called(
      Object target, String text, Method method, @Nullable Object @Nullable [] arguments)
      throws Throwable {
    String sql =
        arguments != null && arguments.length > 0 && arguments[0] instanceof String own
            ? own
            : text;
    note(method, sql);
    try {
      Object value = method.invoke(target, arguments);
      return switch (method.getReturnType().getSimpleName()) {
        case "Statement" -> spied(Statement.class, value, "");
        case "PreparedStatement" -> spied(PreparedStatement.class, value, sql);
        case "CallableStatement" -> spied(CallableStatement.class, value, sql);
        default -> value;
      };
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause() == null ? thrown : thrown.getCause();
    }
  }

  private void note(Method method, String sql) throws Exception {
    if (!method.getName().startsWith("execute")) {
      calls.add(method.getDeclaringClass().getSimpleName() + "." + method.getName());
      if (method.getName().equals("commit") || method.getName().equals("rollback")) {
        bound = false;
      }
      return;
    }
    boolean carries = sql.contains("set_config('app.current_tenant', ?, true)");
    boolean whole =
        sql.startsWith("begin isolation level read committed; ") && sql.endsWith("; commit");
    if (carries && !real.getAutoCommit()) {
      bound = true;
    }
    boolean inTenant = (carries && whole) || (bound && !real.getAutoCommit());
    if (!inTenant && !sql.equals("rollback")) {
      withoutTenant.add(method.getName() + " " + sql);
    }
  }
}
