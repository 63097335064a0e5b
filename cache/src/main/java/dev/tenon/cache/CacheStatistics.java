package dev.tenon.cache;

/**
 * What one {@link EntityCache} did in this process since it was made.
 *
 * @param localHits answers from the memory of the process
 * @param remoteHits answers from Redis
 * @param loads loader runs that ended well
 * @param loadFailures loader runs that threw
 * @param remoteFailures uses of Redis that failed, timed out, or were left out because it was down
 * @param codecFailures values that could not be encoded, and bytes that could not be decoded
 * @param refusedFills values that were not kept because an invalidation, the end of a lease or a
 *     lost connection overtook them
 */
public record CacheStatistics(
    long localHits,
    long remoteHits,
    long loads,
    long loadFailures,
    long remoteFailures,
    long codecFailures,
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
