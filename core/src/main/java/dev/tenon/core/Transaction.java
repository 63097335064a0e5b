package dev.tenon.core;

/**
 * A session whose statements all run in one open transaction, on one connection.
 *
 * <p>It begins with its first statement, in the same round trip as the tenant and the settings,
 * commits when the callback returns and rolls back when it throws. It ends with the callback and
 * belongs to one thread at a time.
 */
public interface Transaction extends Session {

  @Override
  Transaction withSetting(String name, String value);

  /**
   * What to do in a transaction, with a result.
   *
   * @param <R> the result
   * @param <X> what the work throws; it reaches the caller unwrapped
   */
  @FunctionalInterface
  interface Work<R, X extends Exception> {
    R run(Transaction transaction) throws X;
  }

  /**
   * What to do in a transaction, without a result.
   *
   * @param <X> what the action throws; it reaches the caller unwrapped
   */
  @FunctionalInterface
  interface Action<X extends Exception> {
    void run(Transaction transaction) throws X;
  }
}
