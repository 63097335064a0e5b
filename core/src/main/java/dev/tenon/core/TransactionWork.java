package dev.tenon.core;

/**
 * What to do in a transaction, with a result.
 *
 * @param <R> the result
 * @param <X> what the work throws; it reaches the caller unwrapped
 */
@FunctionalInterface
public interface TransactionWork<R, X extends Exception> {
  R run(Transaction transaction) throws X;
}
