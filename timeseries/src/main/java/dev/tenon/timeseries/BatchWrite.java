package dev.tenon.timeseries;

import dev.tenon.core.AlreadyAppliedException;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.TenonException;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.timeseries.SampleWriter.DeadLetter;
import dev.tenon.timeseries.SampleWriter.Options;
import dev.tenon.timeseries.SampleWriter.Result;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes batches until each record is stored or refused for what it is. */
final class BatchWrite<T> {

  private static final Duration FIRST_PAUSE = Duration.ofMillis(20);

  /** A server that is short of memory, disk or connections, or cannot reach its files. */
  private static final Pattern SHORT = Pattern.compile("53...|58...");

  /** A statement that took too long or was cancelled, a transaction that took too long. */
  private static final Pattern TIMED_OUT = Pattern.compile("57014|25P04");

  private final HypertableRepository<T> repository;
  private final Session session;
  private final Options options;
  private final Consumer<DeadLetter<T>> deadLetters;
  private final BooleanSupplier abandoned;
  private final IntervalFunction pauses;
  private final AtomicLong stored = new AtomicLong();
  private final AtomicLong dead = new AtomicLong();
  private final AtomicLong retries = new AtomicLong();

  /** The writer was closed, and its deadline is over. */
  static final class AbandonedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  BatchWrite(
      HypertableRepository<T> repository,
      Session session,
      Options options,
      Consumer<DeadLetter<T>> deadLetters,
      BooleanSupplier abandoned) {
    this.repository = repository;
    this.session = session;
    this.options = options;
    this.deadLetters = deadLetters;
    this.abandoned = abandoned;
    this.pauses =
        IntervalFunction.ofExponentialBackoff(
            FIRST_PAUSE, 2, longer(FIRST_PAUSE, options.longestPause()));
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }

  /**
   * Stores what can be stored, and hands the others over as dead letters.
   *
   * @throws AbandonedException if it was given up
   * @throws Throwable what the receiver of dead letters threw, after all of them
   */
  Result write(List<T> rows) throws Throwable {
    Letters letters = new Letters();
    Result result = write(rows, letters);
    stored.addAndGet(result.stored());
    dead.addAndGet(result.dead());
    letters.requireTaken();
    return result;
  }

  private Result write(List<T> rows, Letters letters) {
    try {
      store(rows);
      return new Result(rows.size(), 0);
    } catch (InvalidDataException refused) {
      if (rows.size() == 1) {
        letters.give(rows, refused);
        return new Result(0, 1);
      }
    } catch (TenonException refused) {
      if (!is(TIMED_OUT, refused)) {
        letters.give(rows, refused);
        return new Result(0, rows.size());
      }
    } catch (AbandonedException closed) {
      throw closed;
    } catch (RuntimeException | Error unexpected) {
      letters.give(rows, unexpected(unexpected));
      return new Result(0, rows.size());
    }
    int half = rows.size() / 2;
    Result first = write(rows.subList(0, half), letters);
    Result second = write(rows.subList(half, rows.size()), letters);
    return new Result(first.stored() + second.stored(), first.dead() + second.dead());
  }

  /** No record is lost, whatever happens. */
  private UsageException unexpected(Throwable error) {
    return new UsageException(
        Problem.what("a batch was not written: " + error)
            .where("SampleWriter of " + repository.qualifiedName())
            .why("nothing that a server says or a record is explains it")
            .fix("look at its cause"),
        error);
  }

  /** Hands dead letters over; a receiver that throws gets the others all the same. */
  private final class Letters {

    private @Nullable Throwable failure;

    void give(List<T> rows, TenonException reason) {
      for (T row : rows) {
        try {
          deadLetters.accept(new DeadLetter<>(row, reason));
        } catch (Throwable error) {
          failure = failure == null ? error : failure;
        }
      }
    }

    void requireTaken() throws Throwable {
      if (failure != null) {
        throw failure;
      }
    }
  }

  /** The key of the batch tells a second try that the first was committed. */
  private void store(List<T> rows) {
    Transaction.Options once =
        Transaction.Options.defaults().withOperation("samples " + UuidV7.next());
    for (int attempt = 1; ; attempt++) {
      try {
        session.transaction(
            once,
            transaction -> {
              long unused =
                  options.upsert()
                      ? repository.upsert(transaction, rows)
                      : repository.append(transaction, rows);
            });
        return;
      } catch (AlreadyAppliedException committed) {
        return;
      } catch (RetryableException | OutcomeUnknownException | ServerException error) {
        if (!mayPass(error, rows.size())) {
          throw error;
        }
      }
      retries.incrementAndGet();
      rest(attempt);
    }
  }

  /** What takes too long is sent in smaller parts first. */
  private static boolean mayPass(TenonException error, int rows) {
    return !(error instanceof ServerException)
        || is(SHORT, error)
        || (rows == 1 && is(TIMED_OUT, error));
  }

  private static boolean is(Pattern states, TenonException error) {
    return error.sqlState().filter(state -> states.matcher(state).matches()).isPresent();
  }

  /** No two writers that were cut at once come back at once, however often they were. */
  private void rest(int attempt) {
    if (abandoned.getAsBoolean()) {
      throw new AbandonedException();
    }
    long most = pauses.apply(attempt);
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
    } catch (InterruptedException hurried) {
      // By close, or by somebody else, whose interrupt ends nothing.
      if (abandoned.getAsBoolean()) {
        throw new AbandonedException();
      }
    }
  }

  long stored() {
    return stored.get();
  }

  long dead() {
    return dead.get();
  }

  long retries() {
    return retries.get();
  }
}
