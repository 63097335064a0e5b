package dev.tenon.core;

import java.util.Collection;
import java.util.List;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;

/**
 * What a repository says when it cannot do what it was asked.
 *
 * @param record the name of the record
 * @param table the name of the table, with its schema where it was declared with one
 */
record RowRefusals(String record, String table) {

  static RowRefusals of(RowMapping<?> rows, Table<?> table) {
    return new RowRefusals(rows.name(), String.join(".", table.getQualifiedName().getName()));
  }

  /** The operation of the repository, as its caller named it. */
  String place(String operation) {
    return "Repository of " + record + "." + operation;
  }

  /** The operation, with what it does in the database. */
  String statement(String operation) {
    String sql =
        switch (operation) {
          case "insert", "insertAll", "insertReturning", "insertAllReturning" -> "insert into ";
          case "upsert", "upsertAll" -> "upsert into ";
          case "update", "updateAll", "patch", "restore" -> "update ";
          case "delete", "deleteAll", "purge" -> "delete from ";
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

  StaleVersionException stale(
      String operation, @Nullable Object key, long expected, long actual, String others) {
    return new StaleVersionException(
        Problem.what(named(key) + " has version " + actual + ", not " + expected + others)
            .where(place(operation))
            .why("somebody else changed it since it was read")
            .fix("read it again, apply the change to what it is now, and update that"),
        key,
        expected,
        actual);
  }

  InvalidDataException withoutIdentifier(String operation, int place) {
    return withoutIdentifier(operation, "the " + record + " at index " + place + " of the records");
  }

  InvalidDataException withoutIdentifier(String operation) {
    return withoutIdentifier(operation, "the " + record);
  }

  private InvalidDataException withoutIdentifier(String operation, String which) {
    return new InvalidDataException(
        Problem.what(which + " has no identifier")
            .where(place(operation))
            .why("rows are addressed by it, and it is null")
            .fix(
                "make one where the record is made, such as UuidV7.next(), or call"
                    + " generated(column) before build() if the database makes it"));
  }

  InvalidDataException withoutVersion(String operation, @Nullable Object key) {
    return new InvalidDataException(
        Problem.what(named(key) + " has no version")
            .where(place(operation))
            .why("its version is null, so nobody could tell whether the row was changed meanwhile")
            .fix("give a new row the version 1, and keep the version of a row that was read"));
  }

  InvalidDataException duplicate(String operation, @Nullable Object key) {
    return new InvalidDataException(
        Problem.what(named(key) + " is given more than once")
            .where(place(operation))
            .why(
                operation.equals("deleteAll")
                    ? "the number of rows would not tell which were there"
                    : "which of them were to stay would be chance")
            .fix("give each row once"));
  }

  InvalidDataException metTwice(TenonException cause) {
    return new InvalidDataException(
        Problem.what("two of the records are one row to the server")
            .where(statement("upsertAll"))
            .why("their keys differ, and are equal once the column has rounded or compared them")
            .fix("give each row once, with the key as the column keeps it"),
        cause.getCause());
  }

  InvalidDataException trashed(String operation, @Nullable Object key) {
    return new InvalidDataException(
        Problem.what(named(key) + " is in the trash")
            .where(place(operation))
            .why("it was deleted, and its grace is not over")
            .fix("restore it before it is written again; a purge takes it once its grace is over"));
  }

  TenonException partlyUpserted(long written, long asked, RowRoles<?> roles) {
    if (roles.deletedAt() == null) {
      return suppressed("upsertAll", written, asked);
    }
    return new InvalidDataException(
        Problem.what("the server wrote " + written + " of " + asked + " rows")
            .where(statement("upsertAll"))
            .why("the others are in the trash, or a trigger took them out")
            .fix(
                "restore them before they are written again; a purge takes them after their grace"));
  }

  InvalidDataException referred(long purged, List<String> identifiers, TenonException cause) {
    return new InvalidDataException(
        Problem.what(
                identifiers.size()
                    + " rows of the trash cannot be removed: "
                    + Problem.excerpt(String.join(", ", identifiers)))
            .where(statement("purge"))
            .why("other rows refer to them; the " + purged + " others whose grace is over are gone")
            .fix(
                "delete the rows that refer to them first, or let their foreign key do it (on delete"
                    + " cascade, set null)"),
        cause.getCause());
  }

  NotFoundException notTrashed(@Nullable Object key) {
    return new NotFoundException(
        Problem.what("there is no " + named(key) + " in the trash")
            .where(place("restore"))
            .why("it was not deleted, was purged, or belongs to another tenant")
            .fix("check the identifier and the tenant of the session"));
  }

  InvalidDataException taken(@Nullable Object key, InvalidDataException refused) {
    Problem problem = refused.problem();
    return new InvalidDataException(
        Problem.what(named(key) + " cannot be restored")
            .where(statement("restore"))
            .why("another row has taken its unique value meanwhile: " + problem.why())
            .fix("give the other row another value, or leave this one in the trash"),
        refused.getCause());
  }

  InvalidDataException lastVersion(String operation, Class<?> counter, InvalidDataException cause) {
    return new InvalidDataException(
        Problem.what("the version of a row is the last one that a " + counter.getName() + " holds")
            .where(statement(operation))
            .why("each change counts it on: " + cause.problem().why())
            .fix(
                "make the component and the column a long, or set the version back while nobody"
                    + " holds the row; nothing was written"),
        cause.getCause());
  }

  UsageException withoutTrash(String operation) {
    return new UsageException(
        Problem.what("the repository has no trash")
            .where(place(operation))
            .why("no column says since when a row is deleted")
            .fix("call softDelete(column) before build()"));
  }

  UsageException unknownKey(String operation, Collection<String> columns) {
    if (columns.isEmpty()) {
      return new UsageException(
          Problem.what("no key says which row is met")
              .where(place(operation))
              .why("the identifier is generated, so that a new one meets no row")
              .fix("declare a key with unique(columns), and name its columns"));
    }
    return new UsageException(
        Problem.what("the columns " + columns + " are no declared key")
            .where(place(operation))
            .why("an upsert meets the rows of a unique index, and its SQL is rendered beforehand")
            .fix("call unique(columns) before build()"));
  }

  UsageException tooMany(String operation, int most) {
    return new UsageException(
        Problem.what("more than " + most + " rows match")
            .where(statement(operation))
            .why("a list is held in memory whole, so it is bounded")
            .fix("narrow the condition, or read with page or stream"));
  }

  UsageException outside(String name, int value, int most, String operation) {
    return new UsageException(
        Problem.what("the " + name + " is " + value)
            .where(place(operation))
            .why("it is 1 to " + most)
            .fix("choose one in this range"));
  }

  /** A trigger that returns null makes a statement skip the row without an error. */
  ServerException suppressed(String operation) {
    return suppressed(operation, 0, 1);
  }

  ServerException suppressed(String operation, long written, long asked) {
    return new ServerException(
        Problem.what("the server wrote " + written + " of " + asked + " rows")
            .where(statement(operation))
            .why(
                "a trigger, a rule or a policy for this operation took the row out; or, if it was"
                    + " to exist, it was written while this ran")
            .fix(
                "remove the trigger, or make it raise an error; what was there is as it was before"));
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
