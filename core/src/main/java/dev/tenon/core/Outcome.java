package dev.tenon.core;

import java.util.Optional;

/**
 * How a transaction ended.
 *
 * <pre>{@code
 * switch (session.outcome(options.withOperation(request), work)) {
 *   case Committed<Receipt> done -> reply(done.value());
 *   case RolledBack<Receipt> undone -> refuse(undone.cause());
 *   case Unknown<Receipt> open -> later(open.operation());
 * }
 * }</pre>
 *
 * @param <R> the result of the work
 */
public sealed interface Outcome<R> {

  /** What the work returned; its writes are durable. */
  record Committed<R>(R value) implements Outcome<R> {}

  /** Nothing was written, because of this. */
  record RolledBack<R>(Exception cause) implements Outcome<R> {}

  /**
   * The commit was sent and its reply was lost, or the server gave up waiting for its synchronous
   * standby: written or not, or written and not yet safe from a failover.
   *
   * <p>With a key, {@link Session#isApplied} tells which, on any session of the same tenant, also
   * after a failover: {@code session.isApplied(key)}. Without one only reading what the work would
   * have written does.
   *
   * @param operation the key given by {@link Transaction.Options#withOperation}, if there was one
   */
  record Unknown<R>(Optional<String> operation, OutcomeUnknownException cause)
      implements Outcome<R> {}
}
