package dev.tenon.core;

import java.util.stream.Stream;

/**
 * What to do with a stream of rows, while it is open.
 *
 * @param <T> the record type
 * @param <R> the result
 * @param <X> what the work throws; it reaches the caller unwrapped
 */
@FunctionalInterface
public interface StreamWork<T, R, X extends Exception> {
  R run(Stream<T> rows) throws X;
}
