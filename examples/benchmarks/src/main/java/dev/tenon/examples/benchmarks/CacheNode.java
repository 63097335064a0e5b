package dev.tenon.examples.benchmarks;

/** The cache of one process, in front of a table of versions. Safe for use by many threads. */
interface CacheNode extends AutoCloseable {

  /** The version of a row, from the cache or, where that has none, from the table. */
  long read(int row);

  /** Tells the cache that a row has changed in the table. */
  void changed(int row);

  /** How many values the cache refused to keep because a change overtook them. */
  default long refused() {
    return 0;
  }

  @Override
  void close();
}
