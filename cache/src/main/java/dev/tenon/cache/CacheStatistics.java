package dev.tenon.cache;

/**
 * What one {@link EntityCache} did in this process since it was made.
 *
 * @param localHits answers from the memory of the process, and from loads of its other threads
 * @param remoteHits answers from Redis, of values whose time had not ended
 * @param staleHits answers with a value whose time had ended, from wherever
 * @param negativeHits answers from memory and Redis that there is no value; they are counted there
 *     too
 * @param loads loader runs that ended well
 * @param loadFailures loader runs that threw
 * @param refreshes loads in the background of values that were fresh
 * @param timeouts calls that did not wait for the end of their load
 * @param remoteFailures uses of Redis that failed, timed out, or were left out because it was down
 * @param codecFailures values that could not be encoded, and bytes that could not be decoded or
 *     that a codec of another shape left
 * @param oversized values that were longer than the policy allows, and not kept
 * @param refusedFills values that were not kept because an invalidation, the end of a lease or a
 *     lost connection overtook them
 */
public record CacheStatistics(
    long localHits,
    long remoteHits,
    long staleHits,
    long negativeHits,
    long loads,
    long loadFailures,
    long refreshes,
    long timeouts,
    long remoteFailures,
    long codecFailures,
    long oversized,
    long refusedFills) {

  /** Reads that the cache or a loader answered. */
  public long reads() {
    return localHits + remoteHits + loads + loadFailures;
  }

  /** The part of the reads that needed no loader; 0 before the first. */
  public double hitRatio() {
    return reads() == 0 ? 0 : (double) (localHits + remoteHits) / reads();
  }
}
