package dev.tenon.core.internal;

import dev.tenon.core.Range;
import java.sql.SQLException;
import org.jooq.BindingGetResultSetContext;
import org.jooq.BindingSQLContext;
import org.jooq.BindingSetStatementContext;
import org.jooq.Converter;
import org.jooq.impl.AbstractBinding;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** How jOOQ renders, binds and reads a {@link Range}. */
final class RangeBinding<T extends Comparable<? super T>>
    extends AbstractBinding<Object, Range<T>> {

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
  protected void sqlInline(BindingSQLContext<Range<T>> context) {
    context
        .render()
        .sql("cast(")
        .visit(DSL.inline(text(context.value())))
        .sql(" as " + codec().sqlType() + ")");
  }

  @Override
  protected void sqlBind(BindingSQLContext<Range<T>> context) {
    context.render().sql(codec().cast(context.variable()));
  }

  private @Nullable String text(@Nullable Range<T> range) {
    return codec().textOrNull(range);
  }

  @Override
  public void set(BindingSetStatementContext<Range<T>> context) throws SQLException {
    context.statement().setString(context.index(), text(context.value()));
  }

  @Override
  public void get(BindingGetResultSetContext<Range<T>> context) throws SQLException {
    context.convert(converter()).value(context.resultSet().getString(context.index()));
  }
}
