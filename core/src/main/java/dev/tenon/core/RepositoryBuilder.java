package dev.tenon.core;

import java.lang.invoke.MethodType;
import java.util.Set;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Collects what a {@link Repository} needs to know of its table. Not safe for use by many threads.
 *
 * <p>Each component of the record maps to the column of the same name in snake case. The tenant
 * column is {@code tenant_id} unless told otherwise. Each setter throws {@link UsageException} for
 * null.
 *
 * @param <T> the record type
 * @param <I> the type of its identifier
 */
public final class RepositoryBuilder<T, I> {

  private static final Set<Class<?>> VERSION_TYPES =
      Set.of(int.class, Integer.class, long.class, Long.class);

  private final Table<?> table;
  private final RowMapping<T> rows;
  private @Nullable Field<UUID> tenantColumn = DSL.field(DSL.name("tenant_id"), UUID.class);
  private @Nullable Field<I> idColumn;
  private @Nullable Field<?> versionColumn;

  RepositoryBuilder(Table<?> table, Class<T> type) {
    this.table = table;
    this.rows = RowMapping.of(table, type);
  }

  /** The column that identifies a row, within its tenant if it has one; required. */
  @SuppressWarnings("unchecked")
  public <J> RepositoryBuilder<T, J> id(Field<J> column) {
    Arguments.require(column, "column", "RepositoryBuilder.id");
    int component = rows.require(column, "id");
    if (MethodType.methodType(rows.type(component)).wrap().returnType() != column.getType()) {
      throw new UsageException(
          Problem.what(
                  "the id "
                      + column.getName()
                      + " is a "
                      + column.getType().getSimpleName()
                      + " and its component a "
                      + rows.type(component).getSimpleName())
              .where("repository of " + table.getName())
              .why("rows are addressed by the component's value")
              .fix("declare both with the same type"));
    }
    RepositoryBuilder<T, J> typed = (RepositoryBuilder<T, J>) this;
    typed.idColumn = DSL.field(DSL.name(column.getName()), column.getDataType());
    return typed;
  }

  /**
   * The column that counts changes and makes updates optimistic; an int or a long. None by default.
   */
  public RepositoryBuilder<T, I> version(Field<? extends Number> column) {
    Arguments.require(column, "column", "RepositoryBuilder.version");
    int component = rows.require(column, "version");
    if (!VERSION_TYPES.contains(rows.type(component))) {
      throw new UsageException(
          Problem.what(
                  "the version " + column.getName() + " is a " + rows.type(component).getName())
              .where("repository of " + table.getName())
              .why("a version counts")
              .fix("make the component an int or a long"));
    }
    this.versionColumn = DSL.field(DSL.name(column.getName()), column.getDataType());
    return this;
  }

  /** The column that holds the tenant, if it is not {@code tenant_id}. */
  public RepositoryBuilder<T, I> tenant(Field<UUID> column) {
    Arguments.require(column, "column", "RepositoryBuilder.tenant");
    this.tenantColumn = DSL.field(DSL.name(column.getName()), column.getDataType());
    return this;
  }

  /** Says that the rows belong to no tenant and every session may use them. */
  public RepositoryBuilder<T, I> shared() {
    this.tenantColumn = null;
    return this;
  }

  /**
   * Renders the SQL and makes the repository; no I/O.
   *
   * @throws UsageException if there is no id, or the tenant column is a component of the record
   */
  public Repository<T, I> build() {
    Field<I> id = idColumn;
    if (id == null) {
      throw new UsageException(
          Problem.what("the repository has no id column")
              .where("repository of " + table.getName())
              .why("find, update and delete address a row by it")
              .fix("call id(column) before build()"));
    }
    if (tenantColumn != null && rows.indexOf(tenantColumn) >= 0) {
      throw new UsageException(
          Problem.what("the record has a component for the tenant column " + tenantColumn.getName())
              .where("repository of " + table.getName())
              .why("the tenant comes from the session, so that a record cannot name another")
              .fix("remove the component; session.tenant() tells the owner"));
    }
    return new Repository<>(RowTable.of(table, rows, tenantColumn, id, versionColumn));
  }
}
