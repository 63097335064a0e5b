package dev.tenon.timeseries;

import dev.tenon.core.internal.ColumnCodec;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jooq.BindingGetResultSetContext;
import org.jooq.BindingSQLContext;
import org.jooq.BindingSetStatementContext;
import org.jooq.Converter;
import org.jooq.DataType;
import org.jooq.impl.AbstractBinding;
import org.jooq.impl.SQLDataType;

/**
 * Times as parameters of their own type.
 *
 * <p>jOOQ sends them as texts that the statement casts. Such a cast depends on settings of the
 * session, so the planner takes it for no constant: it prunes no chunk ahead, and the text is read
 * again for each row that a filter sees.
 */
final class TimeBinding extends AbstractBinding<OffsetDateTime, Instant> {

  private static final long serialVersionUID = 1L;

  /** A time with zone, bound so. */
  static final DataType<Instant> TYPE =
      SQLDataType.TIMESTAMPWITHTIMEZONE.asConvertedDataType(new TimeBinding());

  private static final ColumnCodec CODEC = ColumnCodec.forType(Instant.class);

  @Override
  public Converter<OffsetDateTime, Instant> converter() {
    return Converter.ofNullable(
        OffsetDateTime.class,
        Instant.class,
        OffsetDateTime::toInstant,
        time -> time.atOffset(ZoneOffset.UTC));
  }

  @Override
  protected void sqlBind(BindingSQLContext<Instant> context) {
    context.render().sql(context.variable());
  }

  @Override
  public void set(BindingSetStatementContext<Instant> context) throws SQLException {
    CODEC.bind(context.statement(), context.index(), context.value());
  }

  @Override
  public void get(BindingGetResultSetContext<Instant> context) throws SQLException {
    context.value((Instant) CODEC.read(context.resultSet(), context.index()));
  }
}
