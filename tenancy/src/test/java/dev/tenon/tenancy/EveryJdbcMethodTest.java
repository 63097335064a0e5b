package dev.tenon.tenancy;

import static dev.tenon.tenancy.Fleet.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jooq.tools.jdbc.SingleConnectionDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Walks through every method that this JDK's JDBC has, so that a later one cannot slip by: none
 * reaches the server without the tenant, and none hands out an object of the driver's.
 */
class EveryJdbcMethodTest {

  private static final String SQL = "select name from hosts";

  /**
   * What is called on the driver because it executes nothing of the caller's: binding, reading,
   * describing, and what the session itself does to begin and end.
   */
  private static final Set<String> PASS_THROUGH =
      Set.of(
          """
          CallableStatement.getArray CallableStatement.getBigDecimal CallableStatement.getBlob
          CallableStatement.getBoolean CallableStatement.getByte CallableStatement.getBytes
          CallableStatement.getCharacterStream CallableStatement.getClob CallableStatement.getDate
          CallableStatement.getDouble CallableStatement.getFloat CallableStatement.getInt
          CallableStatement.getLong CallableStatement.getNCharacterStream CallableStatement.getNClob
          CallableStatement.getNString CallableStatement.getObject CallableStatement.getRef
          CallableStatement.getRowId CallableStatement.getSQLXML CallableStatement.getShort
          CallableStatement.getString CallableStatement.getTime CallableStatement.getTimestamp
          CallableStatement.getURL CallableStatement.registerOutParameter
          CallableStatement.setAsciiStream CallableStatement.setBigDecimal
          CallableStatement.setBinaryStream CallableStatement.setBlob CallableStatement.setBoolean
          CallableStatement.setByte CallableStatement.setBytes CallableStatement.setCharacterStream
          CallableStatement.setClob CallableStatement.setDate CallableStatement.setDouble
          CallableStatement.setFloat CallableStatement.setInt CallableStatement.setLong
          CallableStatement.setNCharacterStream CallableStatement.setNClob
          CallableStatement.setNString CallableStatement.setNull CallableStatement.setObject
          CallableStatement.setRowId CallableStatement.setSQLXML CallableStatement.setShort
          CallableStatement.setString CallableStatement.setTime CallableStatement.setTimestamp
          CallableStatement.setURL CallableStatement.wasNull Connection.beginRequest
          Connection.clearWarnings Connection.commit Connection.createArrayOf Connection.createBlob
          Connection.createClob Connection.createNClob Connection.createSQLXML
          Connection.createStatement Connection.createStruct Connection.endRequest
          Connection.getAutoCommit Connection.getCatalog Connection.getClientInfo
          Connection.getHoldability Connection.getMetaData Connection.getNetworkTimeout
          Connection.getSchema Connection.getTransactionIsolation Connection.getTypeMap
          Connection.getWarnings Connection.isClosed Connection.isReadOnly Connection.isValid
          Connection.nativeSQL Connection.prepareCall Connection.prepareStatement
          Connection.releaseSavepoint Connection.rollback Connection.setAutoCommit
          Connection.setSavepoint PreparedStatement.addBatch PreparedStatement.clearParameters
          PreparedStatement.getMetaData PreparedStatement.getParameterMetaData
          PreparedStatement.setArray PreparedStatement.setAsciiStream PreparedStatement.setBigDecimal
          PreparedStatement.setBinaryStream PreparedStatement.setBlob PreparedStatement.setBoolean
          PreparedStatement.setByte PreparedStatement.setBytes PreparedStatement.setCharacterStream
          PreparedStatement.setClob PreparedStatement.setDate PreparedStatement.setDouble
          PreparedStatement.setFloat PreparedStatement.setInt PreparedStatement.setLong
          PreparedStatement.setNCharacterStream PreparedStatement.setNClob
          PreparedStatement.setNString PreparedStatement.setNull PreparedStatement.setObject
          PreparedStatement.setRef PreparedStatement.setRowId PreparedStatement.setSQLXML
          PreparedStatement.setShort PreparedStatement.setString PreparedStatement.setTime
          PreparedStatement.setTimestamp PreparedStatement.setURL PreparedStatement.setUnicodeStream
          Statement.addBatch Statement.cancel Statement.clearBatch Statement.clearWarnings
          Statement.close Statement.closeOnCompletion Statement.enquoteIdentifier
          Statement.enquoteLiteral Statement.enquoteNCharLiteral Statement.getFetchDirection
          Statement.getFetchSize Statement.getGeneratedKeys Statement.getLargeMaxRows
          Statement.getLargeUpdateCount Statement.getMaxFieldSize Statement.getMaxRows
          Statement.getMoreResults Statement.getQueryTimeout Statement.getResultSet
          Statement.getResultSetConcurrency Statement.getResultSetHoldability
          Statement.getResultSetType Statement.getUpdateCount Statement.getWarnings
          Statement.isCloseOnCompletion Statement.isClosed Statement.isPoolable
          Statement.isSimpleIdentifier Statement.setCursorName Statement.setEscapeProcessing
          Statement.setFetchDirection Statement.setFetchSize Statement.setLargeMaxRows
          Statement.setMaxFieldSize Statement.setMaxRows Statement.setPoolable
          Statement.setQueryTimeout Wrapper.isWrapperFor Wrapper.unwrap CallableStatement.setRef
          CallableStatement.setUnicodeStream
          """
              .strip()
              .split("\\s+"));

  @RegisterExtension final Fleet fleet = new Fleet();

  private @Nullable Connection real;
  private @Nullable SpiedDriver spied;

  @BeforeEach
  void connect() throws SQLException {
    real =
        DriverManager.getConnection(
            fleet.made().url(),
            fleet.made().application().user(),
            fleet.made().application().password());
    spied = new SpiedDriver(real);
  }

  @AfterEach
  void disconnect() throws SQLException {
    if (real != null) {
      real.close();
    }
  }

  /** What makes the object whose methods are called. */
  private record Subject(Class<?> type, Making making) {}

  @FunctionalInterface
  private interface Making {
    Object from(Connection connection) throws SQLException;
  }

  private static List<Subject> subjects() {
    return List.of(
        new Subject(Connection.class, connection -> connection),
        new Subject(DatabaseMetaData.class, Connection::getMetaData),
        new Subject(Statement.class, Connection::createStatement),
        new Subject(PreparedStatement.class, connection -> connection.prepareStatement(SQL)),
        new Subject(
            PreparedStatement.class,
            connection -> connection.prepareStatement(SQL, Statement.RETURN_GENERATED_KEYS)),
        new Subject(CallableStatement.class, connection -> connection.prepareCall(SQL)),
        new Subject(ResultSet.class, EveryJdbcMethodTest::rows));
  }

  private static ResultSet rows(Connection connection) throws SQLException {
    ResultSet rows = connection.prepareStatement("select array[1, 2]").executeQuery();
    rows.next();
    return rows;
  }

  @Test
  void outside_a_transaction_none_passes_by_the_session() {
    TenantSession session = session();
    for (Subject subject : subjects()) {
      for (Method method : methods(subject.type())) {
        session.jdbc(connection -> check(subject, method, connection));
      }
    }
    spy().forget();
    session.jdbc(EveryJdbcMethodTest::batches);
    assertThat(spy().withoutTenant()).isEmpty();
  }

  @Test
  void in_a_transaction_none_passes_by_the_session_but_unwrapping_the_connection() {
    Session session = session();
    for (Subject subject : subjects()) {
      for (Method method : methods(subject.type())) {
        try {
          session.transaction(
              transaction -> transaction.jdbc(connection -> check(subject, method, connection)));
        } catch (UsageException swallowed) {
          assertThat(swallowed).hasMessageContaining("a statement had failed");
        }
      }
    }
  }

  private static boolean batches(Connection connection) throws SQLException {
    try (Statement batch = connection.createStatement()) {
      batch.addBatch("delete from hosts");
      batch.executeBatch();
      batch.addBatch("delete from hosts");
      batch.executeLargeBatch();
    }
    try (PreparedStatement batch = connection.prepareStatement("delete from hosts")) {
      batch.addBatch();
      batch.executeBatch();
      batch.addBatch();
      batch.executeLargeBatch();
    }
    return true;
  }

  private boolean check(Subject subject, Method method, Connection connection) throws SQLException {
    Object target = subject.making().from(connection);
    spy().forget();
    Object value = null;
    try {
      value = method.invoke(target, arguments(method));
    } catch (InvocationTargetException thrown) {
      assertThat(thrown.getCause()).as("%s", method).isInstanceOf(Exception.class);
    } catch (IllegalAccessException impossible) {
      throw new AssertionError(impossible);
    }
    assertThat(spy().withoutTenant()).as("%s", method).isEmpty();
    assertThat(PASS_THROUGH).as("%s", method).containsAll(spy().calls());
    leadsNowhere(value, method, 3);
    return true;
  }

  /** Follows what a method returned through everything that can be asked of it. */
  private static void leadsNowhere(@Nullable Object value, Method from, int depth) {
    assertThat(SpiedDriver.isRaw(value)).as("%s returned %s", from, value).isFalse();
    if (value == null || depth == 0) {
      return;
    }
    for (Class<?> type :
        List.of(Connection.class, Statement.class, ResultSet.class, java.sql.Array.class)) {
      if (type.isInstance(value)) {
        for (Method next : methods(type)) {
          if (next.getParameterCount() == 0 && next.getName().startsWith("get")) {
            leadsNowhere(called(next, value), next, depth - 1);
          }
        }
      }
    }
  }

  private static @Nullable Object called(Method method, Object target) {
    try {
      return method.invoke(target);
    } catch (ReflectiveOperationException refused) {
      return null;
    }
  }

  private static List<Method> methods(Class<?> type) {
    return Arrays.stream(type.getMethods())
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .sorted(Comparator.comparing(Method::toString))
        .toList();
  }

  private static @Nullable Object[] arguments(Method method) {
    Class<?>[] types = method.getParameterTypes();
    @Nullable Object[] values = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      values[i] = argument(method, types[i], i);
    }
    return values;
  }

  private static @Nullable Object argument(Method method, Class<?> type, int index) {
    if (type == String.class) {
      return method.getDeclaringClass() == DatabaseMetaData.class ? "hosts" : SQL;
    }
    if (type == int.class) {
      boolean rows =
          method.getName().startsWith("create") || method.getName().startsWith("prepare");
      int[] kinds = {
        0,
        ResultSet.TYPE_FORWARD_ONLY,
        ResultSet.CONCUR_READ_ONLY,
        ResultSet.HOLD_CURSORS_OVER_COMMIT
      };
      int shift = method.getName().startsWith("create") ? 1 : 0;
      return rows && method.getParameterCount() > 1 && index + shift < kinds.length
          ? (method.getParameterCount() == 2 && shift == 0 ? 1 : kinds[index + shift])
          : 1;
    }
    if (type == Class.class) {
      return Connection.class;
    }
    if (type == int[].class) {
      return new int[] {1};
    }
    if (type == String[].class) {
      return new String[] {"name"};
    }
    if (type == Object[].class) {
      return new Object[] {"a"};
    }
    if (type == long.class) {
      return 1L;
    }
    if (type == boolean.class) {
      return true;
    }
    return primitiveZero(type);
  }

  private static @Nullable Object primitiveZero(Class<?> type) {
    return type.isPrimitive()
        ? java.lang.reflect.Array.get(java.lang.reflect.Array.newInstance(type, 1), 0)
        : null;
  }

  private TenantSession session() {
    return TenantDatabase.on(Database.using(new SingleConnectionDataSource(spy().connection())))
        .as(ACME);
  }

  private SpiedDriver spy() {
    return java.util.Objects.requireNonNull(spied, "only within a test");
  }
}
