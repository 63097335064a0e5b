package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;

/**
 * Lists of vectors that are near to each other, of which a search reads some: fast to build, of
 * less recall at the same speed.
 *
 * <p>The lists are made of the rows that are there when it is built, so it is built after a load,
 * and {@linkplain VectorIndexBuild#rebuild anew} once the rows have become others.
 *
 * @param lists 1 to 32768
 */
public record IvfflatIndex(int lists) implements VectorIndex {

  /** Rows for each list; k-means is made of so many. */
  static final long FEWEST_A_LIST = 50;

  private static final int MOST_LISTS = 32_768;
  private static final long ROWS_A_LIST = 1_000;
  private static final long MANY_ROWS = 1_000_000;

  /**
   * @throws UsageException if the server would refuse them
   */
  public IvfflatIndex {
    if (lists < 1 || lists > MOST_LISTS) {
      throw new UsageException(
          Problem.what("an IVFFlat index of " + lists + " lists")
              .where("IvfflatIndex")
              .why("there are 1 to " + MOST_LISTS + " lists")
              .fix("take what IvfflatIndex.forRows advises"));
    }
  }

  /**
   * As many lists as pgvector advises: one for each 1000 rows up to a million, their square root
   * above.
   *
   * @param rows how many the table has, or will have
   */
  public static IvfflatIndex forRows(long rows) {
    long lists = rows <= MANY_ROWS ? rows / ROWS_A_LIST : Math.round(Math.sqrt((double) rows));
    return new IvfflatIndex((int) Math.max(1, Math.min(lists, MOST_LISTS)));
  }

  /** What a table has at the least that it is built over. */
  long fewestRows() {
    return FEWEST_A_LIST * lists;
  }

  /** How many lists a search reads unless it is told, as pgvector advises: their square root. */
  public int probes() {
    return (int) Math.max(1, Math.round(Math.sqrt(lists)));
  }
}
