package dev.tenon.core;

/** What becomes of many updates where some rows were changed since they were read. */
public enum OnStale {
  /**
   * None is written; {@link StaleVersionException} or {@link NotFoundException} names the first.
   */
  FAIL_ALL,
  /** The others are written, and {@link BulkResult} names these. */
  REPORT
}
