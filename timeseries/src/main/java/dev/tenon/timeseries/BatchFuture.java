package dev.tenon.timeseries;

import dev.tenon.timeseries.SampleWriter.Result;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The future of all records of a batch, which none of those who hold it can complete for the
 * others; copies and what depends on it are whose that asked.
 */
final class BatchFuture extends CompletableFuture<Result> {

  void succeed(Result result) {
    boolean unused = super.complete(result);
  }

  void fail(Throwable error) {
    boolean unused = super.completeExceptionally(error);
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new CompletableFuture<>();
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return false;
  }

  @Override
  public boolean complete(@Nullable Result value) {
    return false;
  }

  @Override
  public boolean completeExceptionally(Throwable error) {
    return false;
  }

  @Override
  public CompletableFuture<Result> completeAsync(Supplier<? extends Result> supplier) {
    return copy().completeAsync(supplier);
  }

  @Override
  public CompletableFuture<Result> completeAsync(
      Supplier<? extends Result> supplier, Executor executor) {
    return copy().completeAsync(supplier, executor);
  }

  @Override
  public CompletableFuture<Result> orTimeout(long timeout, TimeUnit unit) {
    return copy().orTimeout(timeout, unit);
  }

  @Override
  public CompletableFuture<Result> completeOnTimeout(
      @Nullable Result value, long timeout, TimeUnit unit) {
    return copy().completeOnTimeout(value, timeout, unit);
  }

  @Override
  public void obtrudeValue(@Nullable Result value) {
    throw new UnsupportedOperationException("the future is that of all records of the batch");
  }

  @Override
  public void obtrudeException(Throwable error) {
    throw new UnsupportedOperationException("the future is that of all records of the batch");
  }
}
