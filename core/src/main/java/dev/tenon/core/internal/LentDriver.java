package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Array;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;

/**
 * The driver's own interface, while a loan lasts: COPY whose text is looked at, and what executes
 * nothing.
 *
 * <p>What a later driver adds is refused until somebody has looked at it.
 */
final class LentDriver implements InvocationHandler {

  private static final Set<String> EXECUTES_NOTHING =
      Set.of(
          "addDataType",
          "cancelQuery",
          "escapeIdentifier",
          "escapeLiteral",
          "getAdaptiveFetch",
          "getAutosave",
          "getBackendPID",
          "getDefaultFetchSize",
          "getNotifications",
          "getParameterStatus",
          "getParameterStatuses",
          "getPreferQueryMode",
          "getPrepareThreshold");

  private final BaseConnection driver;
  private final TransactionConnection connection;
  private final LentCopies copies;
  private final PGConnection proxy;
  private boolean ended;

  LentDriver(BaseConnection driver, TransactionConnection connection) throws SQLException {
    this.driver = driver;
    this.connection = connection;
    this.copies = new LentCopies(driver, this);
    this.proxy =
        (PGConnection)
            Proxy.newProxyInstance(
                LentDriver.class.getClassLoader(), new Class<?>[] {PGConnection.class}, this);
  }

  PGConnection asConnection() {
    return proxy;
  }

  void beforeCopy(String sql) throws SQLException {
    requireOpen();
    connection.beforeCopy(sql);
  }

  /** Ends the loan; true if a COPY was still running. */
  boolean end() {
    ended = true;
    return copies.end();
  }

  @Override
  public @Nullable Object invoke(Object self, Method method, @Nullable Object @Nullable [] given)
      throws Throwable {
    @Nullable Object[] arguments = given == null ? new Object[0] : given;
    return switch (method.getName()) {
      case "equals" -> self == arguments[0];
      case "hashCode" -> System.identityHashCode(self);
      case "toString" -> "the driver's interface of a connection on loan";
      default -> onLoan(method, arguments);
    };
  }

  private @Nullable Object onLoan(Method method, @Nullable Object[] arguments) throws SQLException {
    requireOpen();
    if (method.getName().equals("getCopyAPI")) {
      return copies;
    }
    if (method.getName().equals("createArrayOf")) {
      return GuardedArray.of((Array) GuardedCalls.call(driver, method, arguments), connection);
    }
    if (!EXECUTES_NOTHING.contains(method.getName())) {
      throw refused(method.getName());
    }
    return GuardedCalls.call(driver, method, arguments);
  }

  private void requireOpen() {
    if (ended) {
      throw new UsageException(
          Problem.what("the driver's interface was used after its loan")
              .where("PGConnection of a connection on loan")
              .why("its connection may work for another tenant by now")
              .fix("finish its use inside the work of Session.jdbc or Session.sql().connection"));
    }
  }

  private static UsageException refused(String method) {
    return new UsageException(
        Problem.what(method + " was called on the driver's interface of a connection on loan")
            .where("PGConnection of a connection on loan")
            .why("what it executes or sets is not seen by the session, or stays on the connection")
            .fix(
                "use getCopyAPI for COPY, and SQL for the rest, such as lo_get and lo_put for large"
                    + " objects"));
  }
}
