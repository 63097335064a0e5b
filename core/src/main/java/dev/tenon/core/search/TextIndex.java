package dev.tenon.core.search;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * What was declared of a table that is searched.
 *
 * @param columns those of the record
 * @param texts the columns that are searched, in the order in which they were declared
 * @param vector the column that the server fills with the words of the texts
 * @param asWritten whether a second one keeps the words as they are written
 * @param similar the columns with a trigram index
 * @param facets what can be counted by
 * @param deletedAt since when a row is in the trash; null where there is none
 */
record TextIndex<T>(
    Table<?> table,
    SearchedColumns<T> columns,
    Field<UUID> tenant,
    Field<?> id,
    @Nullable Field<?> deletedAt,
    Map<String, Weight> texts,
    Languages languages,
    String vector,
    boolean asWritten,
    Set<String> similar,
    Set<Property> facets) {

  static String quoted(String name) {
    return DSL.using(SQLDialect.POSTGRES).render(DSL.name(name));
  }

  String name() {
    return DSL.using(SQLDialect.POSTGRES).render(table.getQualifiedName());
  }

  /** The column of the words as they are written. */
  String vectorAsWritten() {
    return vector + "_words";
  }

  String vectorIndex() {
    return table.getName() + "_" + vector;
  }

  String vectorAsWrittenIndex() {
    return table.getName() + "_" + vectorAsWritten();
  }

  String similarIndex(String column) {
    return table.getName() + "_" + column + "_trigrams";
  }

  String languageConstraint() {
    return table.getName() + "_" + vector + "_language";
  }

  /** The rows that this tenant is shown, whatever the isolation of the table says. */
  Condition owned(TenantId owner) {
    Condition owned = tenant.eq(owner.value());
    return deletedAt == null ? owned : owned.and(deletedAt.isNull());
  }

  String place(String operation) {
    return "TextSearch of " + columns.recordName() + " on " + table.getName() + "." + operation;
  }

  TenantId requireTenant(Session session, String operation) {
    return Required.require(session, "session", place(operation))
        .tenant()
        .orElseThrow(
            () ->
                new UsageException(
                    Problem.what("a session without a tenant was given")
                        .where(place(operation))
                        .why("the rows of " + table.getName() + " are owned by tenants")
                        .fix("pass the session of a tenant: tenants.as(tenantId)")));
  }

  void requireAsWritten(String operation) {
    if (!asWritten) {
      throw new UsageException(
          Problem.what("the words of the rows are not kept as they are written")
              .where(place(operation))
              .why(
                  "a language cuts words to their stems, of which neither a beginning nor a"
                      + " suggestion can be told")
              .fix("call asWritten() before build(), and run the new addSql() or tableSql()"));
    }
  }

  void requireSimilar(String column, String operation) {
    if (!similar.contains(column)) {
      throw new UsageException(
          Problem.what("texts similar in the column " + column + " were asked for")
              .where(place(operation))
              .why("declared are " + similar)
              .fix("name one of those, or call similar(column) before build()"));
    }
  }
}
