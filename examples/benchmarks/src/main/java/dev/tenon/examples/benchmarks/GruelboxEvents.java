package dev.tenon.examples.benchmarks;

import com.gruelbox.transactionoutbox.DefaultPersistor;
import com.gruelbox.transactionoutbox.Dialect;
import com.gruelbox.transactionoutbox.Instantiator;
import com.gruelbox.transactionoutbox.Submitter;
import com.gruelbox.transactionoutbox.ThreadLocalContextTransactionManager;
import com.gruelbox.transactionoutbox.TransactionManager;
import com.gruelbox.transactionoutbox.TransactionOutbox;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The transaction outbox of gruelbox: an event is submitted to four workers as soon as it is
 * committed, and what is left is found by flushing. Its queue of work is unbounded here, because it
 * leaves what a bounded one refuses to the next attempt.
 */
final class GruelboxEvents implements EventSystem {

  private final ThreadLocalContextTransactionManager publishers;
  private final TransactionOutbox outbox;
  private volatile @Nullable ExecutorService workers;
  private volatile @Nullable Handler handler;
  private volatile boolean stopping;
  private @Nullable Thread flusher;

  /** Called by gruelbox, through a proxy when scheduled. */
  public static class Delivery {

    private final @Nullable Handler handler;

    Delivery(@Nullable Handler handler) {
      this.handler = handler;
    }

    /** The body is part of the invocation and nothing is done with it. */
    public void handle(String aggregate, long version, String body) throws Exception {
      if (handler != null) {
        handler.handle(aggregate, version);
      }
    }
  }

  GruelboxEvents(DataSource connections) {
    this.publishers = TransactionManager.fromDataSource(connections);
    Submitter direct = Submitter.withExecutor(this::submit);
    this.outbox =
        TransactionOutbox.builder()
            .transactionManager(publishers)
            .persistor(
                DefaultPersistor.builder().dialect(Dialect.POSTGRESQL_9).migrate(false).build())
            .instantiator(Instantiator.using(type -> new Delivery(handler)))
            .submitter(direct)
            .attemptFrequency(OutboxRace.PAUSE)
            .blockAfterAttempts(12)
            .build();
  }

  private void submit(Runnable work) {
    ExecutorService executor = workers;
    if (executor != null) {
      executor.execute(work);
    }
  }

  @Override
  public void publish(Traffic.Message message) throws Exception {
    publishers.inTransactionThrows(
        transaction -> {
          BusinessTable.insert(transaction.connection(), message);
          outbox
              .schedule(Delivery.class)
              .handle(message.aggregate(), message.version(), message.body());
        });
  }

  /** What is scheduled may be tried again after a pause, even if nobody has tried it yet. */
  @Override
  public void awaitDeliverable() throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(OutboxRace.PAUSE.multipliedBy(2).toNanos());
  }

  @Override
  public void start(Handler delivered) {
    handler = delivered;
    workers = Executors.newFixedThreadPool(OutboxRace.WORKERS);
    stopping = false;
    flusher = new Thread(this::flush, "gruelbox-flusher");
    flusher.setDaemon(true);
    flusher.start();
  }

  private void flush() {
    while (!stopping) {
      if (!outbox.flush()) {
        LockSupport.parkNanos(OutboxRace.PAUSE.toNanos() / 4);
      }
    }
  }

  @Override
  public void stop() {
    stopping = true;
    Threads.join(flusher);
    Threads.end(workers);
    workers = null;
    flusher = null;
  }
}
