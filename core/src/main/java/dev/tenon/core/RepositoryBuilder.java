package dev.tenon.core;

import dev.tenon.core.internal.Required;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
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

  private static final int LONGEST_NAME = 63;
  private static final Duration GRACE = Duration.ofDays(30);

  private final Table<?> table;
  private final RowMapping<T> rows;
  private @Nullable Field<UUID> tenantColumn = DSL.field(DSL.name("tenant_id"), SQLDataType.UUID);
  private @Nullable Field<I> idColumn;
  private @Nullable Field<?> versionColumn;
  private final Map<Stamp, Field<?>> stamps = new EnumMap<>(Stamp.class);
  private final List<Set<String>> uniques = new ArrayList<>();
  private final Set<String> generated = new LinkedHashSet<>();
  private @Nullable Field<?> deletedAt;
  private Duration grace = GRACE;

  RepositoryBuilder(Table<?> table, Class<T> type) {
    this.table = table;
    this.rows = RowMapping.of(table, type);
    rows.fields().stream()
        .filter(column -> column.getDataType().readonly() || column.getDataType().computed())
        .forEach(column -> generated.add(column.getName()));
  }

  /** The column that identifies a row, within its tenant if it has one; required. */
  @SuppressWarnings("unchecked")
  public <J> RepositoryBuilder<T, J> id(Field<J> column) {
    Required.require(column, "column", "RepositoryBuilder.id");
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
    Required.require(column, "column", "RepositoryBuilder.version");
    int component = rows.require(column, "version");
    if (!VERSION_TYPES.contains(rows.type(component))) {
      throw new UsageException(
          Problem.what(
                  "the version " + column.getName() + " is a " + rows.type(component).getTypeName())
              .where("repository of " + table.getName())
              .why("a version counts")
              .fix("make the component an int or a long"));
    }
    this.versionColumn = DSL.field(DSL.name(column.getName()), column.getDataType());
    return this;
  }

  /**
   * Columns that together no two rows of a tenant share, besides the identifier, for {@link
   * Repository#upsert(Session, Object, Field[])}; none by default. The table needs a unique index
   * on them, with the tenant: {@link Repository#uniqueSql()}.
   */
  public RepositoryBuilder<T, I> unique(Field<?>... columns) {
    Required.require(columns, "columns", "RepositoryBuilder.unique");
    Set<String> names = new LinkedHashSet<>();
    for (Field<?> column : columns) {
      Required.require(column, "column", "RepositoryBuilder.unique");
      rows.require(column, "unique");
      names.add(column.getName());
    }
    if (names.isEmpty()) {
      throw new UsageException(
          Problem.what("the key has no columns")
              .where("RepositoryBuilder.unique")
              .why("a key says by which columns a row is met")
              .fix("name at least one column"));
    }
    uniques.add(Collections.unmodifiableSet(names));
    return this;
  }

  /**
   * Columns that the database fills in by itself: identity columns, the identifier too, generated
   * ones, defaults, what triggers write. They are read and never written; what a record says in
   * them is ignored, and may be null. Those that a generated table declares read-only are such
   * columns without being named.
   *
   * @see Repository#insertReturning
   */
  public RepositoryBuilder<T, I> generated(Field<?>... columns) {
    Required.require(columns, "columns", "RepositoryBuilder.generated");
    for (Field<?> column : columns) {
      Required.require(column, "column", "RepositoryBuilder.generated");
      rows.require(column, "generated");
      generated.add(column.getName());
    }
    return this;
  }

  /**
   * The column that the server sets when a row is written first, to the time its transaction began;
   * a {@code timestamptz}, in the record or not. What a record says in it is ignored.
   */
  public RepositoryBuilder<T, I> createdAt(Field<?> column) {
    return stamp(Stamp.CREATED_AT, column);
  }

  /** The column that the server sets whenever a row is written; see {@link #createdAt}. */
  public RepositoryBuilder<T, I> updatedAt(Field<?> column) {
    return stamp(Stamp.UPDATED_AT, column);
  }

  /**
   * The column that gets the session's {@link Session#ACTOR} when a row is written first, null
   * where there is none. What a record says in it is ignored.
   */
  public RepositoryBuilder<T, I> createdBy(Field<?> column) {
    return stamp(Stamp.CREATED_BY, column);
  }

  /** The column that gets the actor whenever a row is written; see {@link #createdBy}. */
  public RepositoryBuilder<T, I> updatedBy(Field<?> column) {
    return stamp(Stamp.UPDATED_BY, column);
  }

  private RepositoryBuilder<T, I> stamp(Stamp stamp, Field<?> column) {
    Required.require(column, "column", "RepositoryBuilder." + stamp.role());
    if (!stamp.isActor()) {
      ColumnFamily.requireInstant(column.getDataType(), "RepositoryBuilder." + stamp.role());
    }
    stamps.put(stamp, DSL.field(DSL.name(column.getName()), column.getDataType()));
    return this;
  }

  /**
   * Like {@link #softDelete(Field, Duration)}, with a grace of 30 days.
   *
   * @param column a {@code timestamptz}, in the record or not
   */
  public RepositoryBuilder<T, I> softDelete(Field<?> column) {
    return softDelete(column, GRACE);
  }

  /**
   * The column that says since when a row is deleted. Deleted rows are in the trash, out of which
   * {@link Repository#restore} takes them, until {@link Repository#purge} finds their grace over;
   * nothing else sees them. What a record says in the column is ignored.
   *
   * @param period not negative; 30 days where none is given
   */
  public RepositoryBuilder<T, I> softDelete(Field<?> column, Duration period) {
    Required.require(column, "column", "RepositoryBuilder.softDelete");
    Required.require(period, "grace", "RepositoryBuilder.softDelete");
    ColumnFamily.requireInstant(column.getDataType(), "RepositoryBuilder.softDelete");
    if (period.isNegative()) {
      throw new UsageException(
          Problem.what("the grace is " + period)
              .where("RepositoryBuilder.softDelete")
              .why("a row is purged after it was deleted")
              .fix("choose zero or more"));
    }
    this.deletedAt = DSL.field(DSL.name(column.getName()), column.getDataType());
    this.grace = period;
    return this;
  }

  /** The column that holds the tenant, if it is not {@code tenant_id}. */
  public RepositoryBuilder<T, I> tenant(Field<UUID> column) {
    Required.require(column, "column", "RepositoryBuilder.tenant");
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
   * @throws UsageException if there is no id, the tenant column is a component of the record, a
   *     column has two roles, or a name is longer than PostgreSQL keeps
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
    RowRoles<I> roles =
        new RowRoles<>(
            tenantColumn,
            id,
            versionColumn,
            Collections.unmodifiableMap(new EnumMap<>(stamps)),
            deletedAt,
            grace,
            List.copyOf(uniques),
            Set.copyOf(generated));
    requireOneRoleEach(roles);
    requireGiven(roles);
    Stream.of(
            Stream.of(table.getQualifiedName().parts()),
            Stream.of(table.getUnqualifiedName()),
            rows.fields().stream().map(Field::getUnqualifiedName),
            roles.columns().stream().map(Field::getUnqualifiedName))
        .flatMap(names -> names)
        .forEach(this::requireWhole);
    return new Repository<>(RowTable.of(table, rows, roles));
  }

  private void requireWhole(Name name) {
    String text = String.valueOf(name.last());
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > LONGEST_NAME || text.indexOf(0) >= 0) {
      throw new UsageException(
          Problem.what("the name " + Problem.excerpt(text) + " has " + bytes + " bytes")
              .where("repository of " + Problem.excerpt(table.getName()))
              .why(
                  "PostgreSQL keeps "
                      + LONGEST_NAME
                      + " and drops the rest, so that it names"
                      + " something else")
              .fix(
                  "name the table and its columns in 1 to "
                      + LONGEST_NAME
                      + " bytes of UTF-8, without U+0000"));
    }
  }

  private void requireGiven(RowRoles<I> roles) {
    if (roles.given(rows).length == 0) {
      throw new UsageException(
          Problem.what("the server fills in every column of " + rows.name())
              .where("repository of " + table.getName())
              .why("nothing is left that a record could say")
              .fix("add a component for a column that is written"));
    }
  }

  private void requireOneRoleEach(RowRoles<I> roles) {
    Set<String> seen = new HashSet<>();
    for (Field<?> column : roles.columns()) {
      boolean isGenerated = roles.isGenerated(column) && !RowRoles.same(column, roles.id());
      if (!seen.add(column.getName()) || isGenerated) {
        throw new UsageException(
            Problem.what("the column " + column.getName() + " has two roles")
                .where("repository of " + table.getName())
                .why("each of them would write it")
                .fix("name another column for one of them"));
      }
    }
  }
}
