package dev.tenon.core;

/**
 * What the server writes into a column of its own accord: when a row was made or changed, and by
 * whom.
 *
 * <p>Times are the server's, those at which the transaction began, so that rows of one transaction
 * agree and the clocks of the applications do not count. The actor is the setting {@link
 * Session#ACTOR}, null where there is none.
 */
enum Stamp {
  CREATED_AT("createdAt", false, false),
  CREATED_BY("createdBy", false, true),
  UPDATED_AT("updatedAt", true, false),
  UPDATED_BY("updatedBy", true, true);

  private final String role;
  private final boolean onChange;
  private final boolean actor;

  Stamp(String role, boolean onChange, boolean actor) {
    this.role = role;
    this.onChange = onChange;
    this.actor = actor;
  }

  /** As the builder names it. */
  String role() {
    return role;
  }

  /** Whether it is written again when the row changes. */
  boolean onChange() {
    return onChange;
  }

  boolean isActor() {
    return actor;
  }

  /** The value, as a column of this SQL type. */
  String sql(String type) {
    return actor
        ? "cast(nullif(current_setting('" + Session.ACTOR + "', true), '') as " + type + ")"
        : "now()";
  }
}
