package dev.tenon.cache.ephemeral;

import static dev.tenon.cache.ephemeral.Processes.ACME;
import static dev.tenon.cache.ephemeral.Processes.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.cache.Codec;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.RetryableException;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.RedisServer;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.KillArgs;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TenonTest
class TopicTest {

  private static final String MISSED = "(missed)";

  private final List<String> heard = new CopyOnWriteArrayList<>();

  private Processes processes;

  @BeforeEach
  void opens(TestRedis redis) {
    processes = new Processes(redis);
  }

  @AfterEach
  void leaves_no_key_that_stays() {
    processes.assertThatEveryKeyExpires();
    processes.close();
  }

  @Test
  void every_message_after_the_subscription_is_heard_in_order() {
    try (Topic.Subscription subscription = subscribe(topic())) {
      Topic<String> other = topic();
      for (int i = 0; i < 500; i++) {
        other.publish(ACME, "m" + i);
      }
      Processes.until("all are heard", () -> heard.size() == 500);
      assertThat(heard.get(0)).isEqualTo("m0");
      assertThat(heard.get(499)).isEqualTo("m499");
      assertThat(heard).doesNotContain(MISSED);
      assertThat(subscription.isActive()).isTrue();
    }
  }

  @Test
  void a_tenant_hears_its_own_messages_only() {
    Topic<String> topic = topic();
    try (Topic.Subscription subscription = subscribe(topic)) {
      topic.publish(GLOBEX, "theirs");
      topic.publish(Owner.sharedByAllTenants(), "everybody's");
      topic.publish(ACME, "ours");
      Processes.until("it is heard", () -> !heard.isEmpty());
      assertThat(heard).containsExactly("ours");
      assertThat(subscription.isActive()).isTrue();
    }
  }

  @Test
  void a_closed_subscription_hears_nothing_and_the_others_go_on() {
    Topic<String> topic = topic();
    List<String> others = new CopyOnWriteArrayList<>();
    Topic.Subscription closed = subscribe(topic);
    try (Topic.Subscription open = topic.subscribe(ACME, others::add, () -> {})) {
      closed.close();
      topic.publish(ACME, "late");
      Processes.until("the other hears", () -> others.size() == 1);
      assertThat(heard).isEmpty();
      assertThat(closed.isActive()).isFalse();
      assertThat(open.isActive()).isTrue();
    }
    try (Topic.Subscription again = subscribe(topic)) {
      topic.publish(ACME, "again");
      Processes.until("it is heard", () -> heard.contains("again"));
      assertThat(again.isActive()).isTrue();
    }
  }

  @Test
  void a_subscriber_that_was_cut_off_is_told_and_hears_again(TestRedis redis) {
    try (FaultProxy network = FaultProxy.to(redis.uri().getHost(), redis.uri().getPort())) {
      Topic<String> cut =
          topic(Ephemeral.on(processes.cache(network.reroute(redis.uri().toString()))));
      Topic<String> publisher = topic();
      try (Topic.Subscription subscription = subscribe(cut)) {
        publisher.publish(ACME, "before");
        Processes.until("it is heard", () -> heard.contains("before"));
        network.timeout();
        Processes.until("the silence is noticed", () -> !subscription.isActive());
        publisher.publish(ACME, "meanwhile");
        network.enable();
        Processes.until("it is told", () -> heard.contains(MISSED));
        publisher.publish(ACME, "after");
        Processes.until("it is heard", () -> heard.contains("after"));
        assertThat(heard).containsExactly("before", MISSED, "after");
      }
    }
  }

  @Test
  void a_subscription_that_the_server_ends_is_made_again_and_told() {
    try (RedisServer server = RedisServer.start();
        TestRedis database = server.database();
        Processes own = new Processes(database)) {
      Topic<String> topic = topic(own.process());
      try (Topic.Subscription subscription = subscribe(topic)) {
        for (int round = 1; round <= 3; round++) {
          own.redis().clientKill(KillArgs.Builder.typePubsub());
          int told = round;
          Processes.until(
              "it is told", () -> heard.stream().filter(MISSED::equals).count() == told);
          String message = "round " + round;
          topic.publish(ACME, message);
          Processes.until("it is heard", () -> heard.contains(message));
        }
        assertThat(subscription.isActive()).isTrue();
      }
    }
  }

  @Test
  void a_consumer_that_is_too_slow_is_told_after_the_last_message_before_the_gap() {
    Topic<String> topic = topic();
    CountDownLatch free = new CountDownLatch(1);
    try (Topic.Subscription subscription =
        topic.subscribe(
            ACME,
            message -> {
              heard.add(message);
              awaitUninterruptibly(free);
            },
            () -> heard.add(MISSED))) {
      // The last of them may still be on their way when the consumer is let free.
      for (int i = 0; i < 3_000; i++) {
        topic.publish(ACME, "m" + i);
      }
      free.countDown();
      Processes.until("the gap is told", () -> heard.contains(MISSED));
      topic.publish(ACME, "after");
      Processes.until("it is heard", () -> heard.contains("after"));
      int gap = heard.indexOf(MISSED);
      assertThat(gap).isGreaterThan(999);
      assertThat(heard.subList(0, gap)).doesNotHaveDuplicates().contains("m0", "m999");
      assertThat(subscription.isActive()).isTrue();
    }
  }

  @Test
  void what_cannot_be_decoded_is_counted_and_a_consumer_that_throws_hears_the_next() {
    Topic<String> topic = topic();
    try (Topic.Subscription subscription =
        topic.subscribe(
            ACME,
            message -> {
              heard.add(message);
              throw new IllegalStateException(message);
            },
            () -> heard.add(MISSED))) {
      String channel = processes.service() + ":topic-news:" + ACME;
      processes.redis().publish(channel, "\0{".getBytes(StandardCharsets.UTF_8));
      processes.redis().publish(channel, new byte[0]);
      topic.publish(ACME, "one");
      topic.publish(ACME, "two");
      Processes.until("both are heard", () -> heard.size() == 2);
      assertThat(topic.undecodable()).isEqualTo(2);
      assertThat(subscription.isActive()).isTrue();
    }
  }

  @Test
  void a_consumer_and_an_action_that_throw_an_error_hear_the_next() {
    Topic<String> topic = topic();
    try (Topic.Subscription subscription =
        topic.subscribe(
            ACME,
            message -> {
              heard.add(message);
              throw new StackOverflowError(message);
            },
            () -> heard.add(MISSED))) {
      topic.publish(ACME, "one");
      topic.publish(ACME, "two");
      Processes.until("both are heard", () -> heard.size() == 2);
      assertThat(subscription.isActive()).isTrue();
    }
  }

  @Test
  void a_message_of_more_than_64_kib_is_refused() {
    assertThatThrownBy(() -> topic().publish(ACME, "x".repeat(1 << 16)))
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  void a_subscription_without_redis_is_refused_in_time_and_possible_later(TestRedis redis) {
    try (FaultProxy network = FaultProxy.to(redis.uri().getHost(), redis.uri().getPort())) {
      Topic<String> topic =
          topic(Ephemeral.on(processes.cache(network.reroute(redis.uri().toString()))));
      network.disable();
      Processes.assertThatItIsRefusedInTime(
          () -> assertThatThrownBy(() -> subscribe(topic)).isInstanceOf(RetryableException.class));
      network.enable();
      Processes.until("it is subscribed", () -> isSubscribed(topic));
      topic().publish(ACME, "after");
      Processes.until("it is heard", () -> heard.contains("after"));
      assertThat(heard).doesNotContain(MISSED);
    }
  }

  @Test
  void an_outage_is_told_in_time_and_outlived(TestRedis redis) {
    processes.assertThatItOutlivesAnOutage(
        redis, ephemeral -> topic(ephemeral).publish(ACME, "message"), () -> {});
  }

  private boolean isSubscribed(Topic<String> topic) {
    try {
      return subscribe(topic).isActive();
    } catch (RetryableException unconfirmed) {
      return false;
    }
  }

  private Topic.Subscription subscribe(Topic<String> topic) {
    return topic.subscribe(ACME, heard::add, () -> heard.add(MISSED));
  }

  private Topic<String> topic() {
    return topic(processes.process());
  }

  private static Topic<String> topic(Ephemeral ephemeral) {
    return ephemeral.topic("news", Codec.json(String.class));
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
