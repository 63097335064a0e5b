package dev.tenon.core.internal;

import java.nio.ByteBuffer;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.Oid;
import org.postgresql.util.PGBinaryObject;
import org.postgresql.util.PGobject;

/**
 * Arrays as <a href="https://www.postgresql.org/docs/17/sql-createtype.html">array_recv</a> reads
 * them, also of types that the driver does not know and would send as text.
 *
 * <p>A connection on loan {@linkplain java.sql.Wrapper#unwrap unwraps} to it.
 */
public final class BinaryArrays {

  private static final int HEADER = 5 * Integer.BYTES;
  private static final int DIMENSIONS = 1;
  private static final int FIRST_INDEX = 1;

  private final BaseConnection driver;

  BinaryArrays(BaseConnection driver) {
    this.driver = driver;
  }

  /**
   * What {@link java.sql.PreparedStatement#setObject(int, Object)} takes; the buffer is its own
   * from then on.
   *
   * @param type of the elements; the first of this name on the search path
   * @param elements their binary values, as a {@link CopyBuffer} has them
   * @throws SQLException with the state 42704 if there is no such type
   */
  public Object of(String type, int count, CopyBuffer elements) throws SQLException {
    int array = driver.getTypeInfo().getPGArrayType(type);
    if (array == Oid.UNSPECIFIED) {
      throw new SQLException("type \"" + type + "\" does not exist", "42704");
    }
    driver.getQueryExecutor().addBinarySendOid(array);
    int element = driver.getTypeInfo().getPGArrayElement(array);
    return new BinaryArray(driver.getTypeInfo().getPGType(array), element, count, elements);
  }

  private static final class BinaryArray extends PGobject implements PGBinaryObject {

    private static final long serialVersionUID = 1;

    private final int elementType;
    private final int count;
    private final transient CopyBuffer elements;

    BinaryArray(@Nullable String type, int elementType, int count, CopyBuffer elements) {
      this.type = type;
      this.elementType = elementType;
      this.count = count;
      this.elements = elements;
    }

    @Override
    public void setByteValue(byte[] value, int offset) {
      throw new UnsupportedOperationException("it is sent and never received");
    }

    @Override
    public int lengthInBytes() {
      return HEADER + elements.size();
    }

    @Override
    public void toBytes(byte[] target, int offset) {
      ByteBuffer.wrap(target, offset, lengthInBytes())
          .putInt(DIMENSIONS)
          .putInt(0)
          .putInt(elementType)
          .putInt(count)
          .putInt(FIRST_INDEX)
          .put(elements.bytes(), 0, elements.size());
    }
  }
}
