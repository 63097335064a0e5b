package dev.tenon.examples.benchmarks;

import dev.tenon.timeseries.SampleWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.time.Duration;
import java.util.Iterator;
import java.util.function.LongConsumer;

/** Rows that are handed to a writer of Tenon's one by one. */
record WriterLoad(IngestRace race) {

  private static final int LOOKS = 16;
  private static final Duration PATIENCE = Duration.ofHours(1);

  /** Hands all rows over and has them written. */
  void run(LongConsumer handedOver) throws InterruptedException {
    SampleWriter<CpuUsage> writer =
        CpuTable.PLAIN.writer(
            race.server().session(),
            SampleWriter.Options.defaults(),
            refused -> {
              throw refused.reason();
            });
    long count = 0;
    for (Iterator<CpuUsage> rows = race.fleet().stream().iterator(); rows.hasNext(); ) {
      // A failure shows in what is stored, which is compared with what was handed over.
      var unused = writer.append(rows.next());
      count++;
      handedOver.accept(count);
    }
    SampleWriter.Report<CpuUsage> report = writer.close(PATIENCE);
    if (report.stored() != count) {
      throw new IllegalStateException("stored " + report.stored() + " of " + count);
    }
  }

  /**
   * By how many bytes the heap grows while rows go through, after a collection; the greatest of
   * some looks.
   */
  long heapGrowth() throws InterruptedException {
    long before = usedHeap();
    long[] greatest = {0};
    long every = Math.max(1, race.fleet().rows() / LOOKS);
    run(
        count -> {
          if (count % every == 0) {
            greatest[0] = Math.max(greatest[0], usedHeap() - before);
          }
        });
    return greatest[0];
  }

  private static long usedHeap() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }
}
