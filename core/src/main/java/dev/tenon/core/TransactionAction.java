package dev.tenon.core;

/**
 * What to do in a transaction, without a result.
 *
 * @param <X> what the action throws; it reaches the caller unwrapped
 */
@FunctionalInterface
public interface TransactionAction<X extends Exception> {
  void run(Transaction transaction) throws X;
}
