package dev.tenon.examples.benchmarks;

import java.time.Instant;
import java.util.UUID;
import org.jooq.DataType;
import org.jooq.TableField;
import org.jooq.UniqueKey;
import org.jooq.impl.DSL;
import org.jooq.impl.Internal;
import org.jooq.impl.SQLDataType;
import org.jooq.impl.TableImpl;
import org.jooq.impl.UpdatableRecordImpl;

/** The table as jOOQ's generator declares it. */
final class JooqHostTable extends TableImpl<JooqHostTable.Row> {

  private static final long serialVersionUID = 1;

  static final JooqHostTable HOSTS = new JooqHostTable();

  final TableField<Row, UUID> id = column("id", SQLDataType.UUID);
  final TableField<Row, String> name = column("name", SQLDataType.CLOB);
  final TableField<Row, String> rack = column("rack", SQLDataType.CLOB);
  final TableField<Row, String> system = column("system", SQLDataType.CLOB);
  final TableField<Row, Integer> cores = column("cores", SQLDataType.INTEGER);
  final TableField<Row, Long> memory = column("memory", SQLDataType.BIGINT);
  final TableField<Row, Double> load = column("load", SQLDataType.DOUBLE);
  final TableField<Row, Instant> seenAt = column("seen_at", SQLDataType.INSTANT);
  final TableField<Row, Integer> version = column("version", SQLDataType.INTEGER);

  private final UniqueKey<Row> key =
      Internal.createUniqueKey(this, DSL.name("shared_hosts_pkey"), id);

  private JooqHostTable() {
    super(DSL.name(SharedHostTable.NAME));
  }

  private <T> TableField<Row, T> column(String column, DataType<T> type) {
    return createField(DSL.name(column), type.notNull(), this, "");
  }

  @Override
  public Class<Row> getRecordType() {
    return Row.class;
  }

  @Override
  public UniqueKey<Row> getPrimaryKey() {
    return key;
  }

  @Override
  public TableField<Row, Integer> getRecordVersion() {
    return version;
  }

  /** A record that knows its row. */
  static final class Row extends UpdatableRecordImpl<Row> {

    private static final long serialVersionUID = 1;

    /** Called by jOOQ. */
    public Row() {
      super(HOSTS);
    }
  }
}
