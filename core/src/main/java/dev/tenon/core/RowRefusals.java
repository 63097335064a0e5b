package dev.tenon.core;

import org.jooq.Table;
import org.jspecify.annotations.Nullable;

/**
 * What a repository says when it cannot do what it was asked.
 *
 * @param record the name of the record
 * @param table the name of the table
 */
record RowRefusals(String record, String table) {

  static RowRefusals of(RowMapping<?> rows, Table<?> table) {
    return new RowRefusals(rows.name(), table.getName());
  }

  /** The operation of the repository, as its caller named it. */
  String place(String operation) {
    return "Repository of " + record + "." + operation;
  }

  /** The operation, with what it does in the database. */
  String statement(String operation) {
    String sql =
        switch (operation) {
          case "insert", "upsert" -> operation + " into ";
          case "update" -> "update ";
          case "delete" -> "delete from ";
          default -> "select from ";
        };
    return sql + table + ", " + place(operation);
  }

  UsageException withoutTenant(String operation) {
    return new UsageException(
        Problem.what("a session without a tenant was given")
            .where(place(operation))
            .why("the rows of " + table + " are owned by tenants")
            .fix("pass tenants.as(tenantId), or declare the repository shared()"));
  }

  NotFoundException notFound(String operation, @Nullable Object key) {
    return new NotFoundException(
        Problem.what("there is no " + named(key))
            .where(place(operation))
            .why("it was never written, was deleted, or belongs to another tenant")
            .fix("check the identifier and the tenant of the session"));
  }

  StaleVersionException stale(@Nullable Object key, long expected, long actual) {
    return new StaleVersionException(
        Problem.what(named(key) + " has version " + actual + ", not " + expected)
            .where(place("update"))
            .why("somebody else changed it since it was read")
            .fix("read it again, apply the change to what it is now, and update that"),
        expected,
        actual);
  }

  /** A trigger that returns null makes a statement skip the row without an error. */
  ServerException suppressed(String operation) {
    return new ServerException(
        Problem.what("the server wrote 0 of 1 rows")
            .where(statement(operation))
            .why(
                "a trigger, a rule or a policy for this operation took the row out; or, if it was"
                    + " to exist, it was written while this ran")
            .fix("remove the trigger, or make it raise an error; the row is as it was before"));
  }

  UnreadableResultException unreadable(String operation, Throwable refusal) {
    String reason =
        refusal instanceof TenonException known ? known.problem().what() : "it cannot be read";
    return new UnreadableResultException(
        Problem.what("the row was written, but what is stored does not fit: " + reason)
            .where(statement(operation))
            .why("rounding, a default or a trigger made it something that the record refuses")
            .fix(
                "do not repeat it: outside a transaction the row is committed; let the record"
                    + " accept what the table stores"),
        refusal);
  }

  private String named(@Nullable Object key) {
    return record + " " + Problem.excerpt(String.valueOf(key));
  }
}
