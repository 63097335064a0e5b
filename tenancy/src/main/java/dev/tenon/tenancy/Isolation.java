package dev.tenon.tenancy;

/** How the rows of one table are kept apart. */
public enum Isolation {

  /**
   * A row-level security policy on the table itself: the default, for everything that the server
   * can hold to a policy.
   */
  RLS,

  /**
   * A base table in a private schema and a view that shows one tenant's rows: for tables that
   * TimescaleDB's columnstore or continuous aggregates need, and for indexes whose operators are
   * not leakproof (full text, JSONB containment, arrays, numeric equality), which row-level
   * security would leave unused.
   */
  FENCE,

  /** No tenant: the same rows for everybody, said aloud. */
  SHARED
}
