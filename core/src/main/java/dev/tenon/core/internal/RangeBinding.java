package dev.tenon.core.internal;

import dev.tenon.core.Range;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Types;
import org.jooq.Binding;
import org.jooq.BindingGetResultSetContext;
import org.jooq.BindingGetSQLInputContext;
import org.jooq.BindingGetStatementContext;
import org.jooq.BindingRegisterContext;
import org.jooq.BindingSQLContext;
import org.jooq.BindingSetSQLOutputContext;
import org.jooq.BindingSetStatementContext;
import org.jooq.Converter;
import org.jooq.conf.ParamType;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** How jOOQ renders, binds and reads a {@link Range}. */
final class RangeBinding<T extends Comparable<? super T>> implements Binding<Object, Range<T>> {

  private static final long serialVersionUID = 1L;

  private final Class<T> bound;

  RangeBinding(Class<T> bound) {
    this.bound = bound;
  }

  private ColumnCodec codec() {
    return RangeCodec.require(bound);
  }

  @Override
  @SuppressWarnings("unchecked")
  public Converter<Object, Range<T>> converter() {
    return Converter.ofNullable(
        Object.class,
        (Class<Range<T>>) (Class<?>) Range.class,
        text -> (Range<T>) codec().parsed(text.toString()),
        range -> codec().text(range));
  }

  @Override
  public void sql(BindingSQLContext<Range<T>> context) {
    String text = text(context.value());
    boolean inlined = context.render().paramType() == ParamType.INLINED;
    context.render().sql("cast(");
    if (inlined) {
      context.render().visit(DSL.inline(text));
    } else {
      context.render().sql(context.variable());
    }
    context.render().sql(" as ").sql(codec().sqlType()).sql(')');
  }

  private @Nullable String text(@Nullable Range<T> range) {
    return codec().textOrNull(range);
  }

  @Override
  public void register(BindingRegisterContext<Range<T>> context) throws SQLException {
    context.statement().registerOutParameter(context.index(), Types.VARCHAR);
  }

  @Override
  public void set(BindingSetStatementContext<Range<T>> context) throws SQLException {
    context.statement().setString(context.index(), text(context.value()));
  }

  @Override
  public void get(BindingGetResultSetContext<Range<T>> context) throws SQLException {
    context.convert(converter()).value(context.resultSet().getString(context.index()));
  }

  @Override
  public void get(BindingGetStatementContext<Range<T>> context) throws SQLException {
    context.convert(converter()).value(context.statement().getString(context.index()));
  }

  @Override
  public void set(BindingSetSQLOutputContext<Range<T>> context) throws SQLException {
    throw new SQLFeatureNotSupportedException("PostgreSQL's driver has no SQLOutput");
  }

  @Override
  public void get(BindingGetSQLInputContext<Range<T>> context) throws SQLException {
    throw new SQLFeatureNotSupportedException("PostgreSQL's driver has no SQLInput");
  }
}
