package dev.tenon.cache;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Messages are numbered by who sends them, and who hears them notices one that is missing. */
class SequenceTest {

  private static final long BEAT = 1_000;

  private final AtomicLong clock = new AtomicLong();
  private final Sequence sender = new Sequence();
  private final HeardMessages heard = new HeardMessages("me", clock::get);

  @Test
  void a_message_that_was_confirmed_and_not_heard_is_missing_at_the_second_announcement() {
    assertThat(announced()).isFalse();
    hear(confirmed("a"));
    Sequence.Numbered unused = confirmed("lost");
    hear(confirmed("c"));
    assertThat(announced()).isFalse();
    assertThat(announced()).isTrue();
    assertThat(announced()).isFalse();
  }

  @Test
  void messages_may_be_late_and_in_another_order() {
    assertThat(announced()).isFalse();
    Sequence.Numbered first = confirmed("a");
    Sequence.Numbered second = confirmed("b");
    assertThat(announced()).isFalse();
    hear(second);
    hear(first);
    assertThat(announced()).isFalse();
    assertThat(announced()).isFalse();
  }

  @Test
  void one_that_is_on_its_way_is_not_announced() {
    assertThat(announced()).isFalse();
    Sequence.Numbered slow = sender.next("a");
    hear(confirmed("b"));
    assertThat(announced()).isFalse();
    assertThat(announced()).isFalse();
    sender.confirmed(slow);
    assertThat(announced()).isFalse();
    assertThat(announced()).isTrue();
  }

  @Test
  void one_of_which_nobody_knows_whether_it_was_sent_is_missing() {
    assertThat(announced()).isFalse();
    hear(confirmed("a"));
    sender.unknown(sender.next("b"));
    assertThat(announced()).isTrue();
    hear(confirmed("c"));
    assertThat(announced()).isFalse();
    assertThat(announced()).isFalse();
  }

  @Test
  void what_a_process_sent_before_it_was_heard_may_have_been_missed() {
    Sequence.Numbered unheard = confirmed("a");
    assertThat(announced()).isTrue();
    hear(confirmed("b"));
    assertThat(announced()).isFalse();
    assertThat(announced()).isFalse();
    assertThat(unheard.number()).isEqualTo(1);
  }

  @Test
  void a_process_that_falls_silent_may_have_sent_anything_and_one_that_leaves_has_not() {
    assertThat(announced()).isFalse();
    clock.addAndGet(Duration.ofMillis(4 * BEAT - 1).toNanos());
    assertThat(heard.expired()).isFalse();
    clock.addAndGet(Duration.ofMillis(2).toNanos());
    assertThat(heard.expired()).isTrue();
    assertThat(heard.expired()).isFalse();

    assertThat(announced()).isFalse();
    hear(confirmed("a"));
    assertThat(heard.announcement(text(sender.announcement(0)))).isFalse();
    clock.addAndGet(Duration.ofMinutes(1).toNanos());
    assertThat(heard.expired()).isFalse();
  }

  @Test
  void the_last_message_of_a_process_that_leaves_is_missed_at_once() {
    assertThat(announced()).isFalse();
    Sequence.Numbered unused = confirmed("lost");
    assertThat(heard.announcement(text(sender.announcement(0)))).isTrue();
  }

  @Test
  void one_that_was_on_its_way_when_the_series_ended_is_missing_too() {
    assertThat(announced()).isFalse();
    Sequence.Numbered slow = sender.next("a");
    sender.unknown(sender.next("b"));
    assertThat(announced()).isTrue();
    assertThat(announced()).isFalse();
    sender.confirmed(slow);
    assertThat(announced()).as("heard of the message that was lost").isTrue();
    assertThat(announced()).isFalse();
    hear(confirmed("c"));
    assertThat(announced()).isFalse();
    assertThat(announced()).isFalse();
  }

  @Test
  void messages_on_their_way_end_one_series_between_two_announcements() {
    assertThat(announced()).isFalse();
    List<Sequence.Numbered> slow = List.of(sender.next("a"), sender.next("b"), sender.next("c"));
    sender.unknown(sender.next("d"));
    slow.forEach(sender::confirmed);
    List<Sequence.Numbered> next = List.of(sender.next("e"), sender.next("f"));
    assertThat(announced()).isTrue();
    next.forEach(this::hear);
    next.forEach(sender::confirmed);
    assertThat(announced()).isFalse();
    assertThat(announced()).isFalse();
  }

  @Test
  void a_process_that_ends_before_its_first_announcement_may_have_sent_anything() {
    hear(confirmed("a"));
    assertThat(heard.expired()).isFalse();
    clock.addAndGet(Duration.ofMinutes(1).toNanos());
    assertThat(heard.expired()).isTrue();
    assertThat(heard.expired()).isFalse();
  }

  @Test
  void a_process_does_not_miss_its_own_messages_and_notices_that_it_is_deaf() {
    HeardMessages own = new HeardMessages(sender.process(), clock::get);
    Sequence.Numbered unused = confirmed("a");
    assertThat(own.announcement(text(sender.announcement(BEAT)))).isFalse();
    clock.addAndGet(5);
    assertThat(own.deafNanos()).isEqualTo(5);
  }

  @Test
  void what_is_no_announcement_may_mean_anything() {
    assertThat(heard.announcement("x")).isTrue();
    assertThat(heard.announcement("a:b:c:d")).isTrue();
    heard.message("a:b:c");
    heard.message("");
  }

  private Sequence.Numbered confirmed(String subject) {
    Sequence.Numbered message = sender.next(subject);
    sender.confirmed(message);
    return message;
  }

  private void hear(Sequence.Numbered message) {
    heard.message(message.text().substring(message.text().indexOf(Sequence.MARK) + 1));
  }

  private boolean announced() {
    return heard.announcement(text(sender.announcement(BEAT)));
  }

  private static String text(byte[] announcement) {
    return new String(announcement, US_ASCII).substring(1);
  }
}
