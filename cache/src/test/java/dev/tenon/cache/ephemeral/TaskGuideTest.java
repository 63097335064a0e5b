package dev.tenon.cache.ephemeral;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.Cache;
import dev.tenon.cache.Codec;
import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** The code of docs/guide/ephemeral-tasks.md. */
@TenonTest
class TaskGuideTest {

  private final Queue<Mail> sent = new ConcurrentLinkedQueue<>();

  record Mail(String to, String subject) {}

  @Test
  void the_code_of_the_guide_runs(TestRedis redis) {
    try (Processes processes = new Processes(redis)) {
      Cache cache = processes.cache();
      TenantId tenant = TenantId.parse(Processes.ACME.toString());

      Ephemeral ephemeral = Ephemeral.on(cache);
      Owner acme = Owner.of(tenant);
      UUID reminder = UUID.randomUUID();

      TaskQueue<Mail> mails =
          ephemeral.taskQueue(
              "mail",
              Codec.json(Mail.class),
              TaskPolicy.visibilityTimeout(Duration.ofMinutes(2))
                  .withMostAttempts(5)
                  .withPauses(Duration.ofSeconds(1), Duration.ofMinutes(5))
                  .withCapacity(100_000));

      UUID id = mails.enqueue(acme, new Mail("ada@example.org", "Welcome"));
      mails.enqueue(
          acme, reminder, new Mail("ada@example.org", "Still there?"), Duration.ofDays(1));

      TaskQueue.Worker worker =
          mails.work(
              () -> List.of(acme),
              4,
              running -> {
                send(running.task());
                running.progress("sent");
              });

      Processes.until("it is done", () -> mails.status(acme, id).isEmpty());
      worker.close();
      assertThat(sent).containsExactly(new Mail("ada@example.org", "Welcome"));
      assertThat(mails.length(acme)).isEqualTo(new TaskQueue.Length(0, 1, 0));
    }
  }

  private void send(Mail mail) {
    sent.add(mail);
  }
}
