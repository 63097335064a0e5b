package dev.tenon.testkit;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.assertj.core.api.AbstractAssert;

/**
 * What part of the answers of an exact search an approximate one gives, over many queries.
 *
 * <p>A failure shows the queries with the least recall and what they miss. Each instance belongs to
 * one thread.
 *
 * @param <Q> the queries
 */
public final class RecallAssert<Q> extends AbstractAssert<RecallAssert<Q>, List<Q>> {

  private static final int SHOWN = 5;

  private final Function<? super Q, ? extends Collection<?>> exact;
  private final Function<? super Q, ? extends Collection<?>> approximate;

  /** A query's recall, and what is not in its approximate answer. */
  private record Answer<Q>(Q query, int expected, double recall, Set<?> missing) {}

  private RecallAssert(
      Collection<Q> queries,
      Function<? super Q, ? extends Collection<?>> approximate,
      Function<? super Q, ? extends Collection<?>> exact) {
    super(List.copyOf(queries), RecallAssert.class);
    if (queries.isEmpty()) {
      throw new UsageException(
          Problem.what("no queries were given")
              .where("RecallAssert.assertThatRecall")
              .why("recall is the mean over queries, and of none there is no mean")
              .fix("pass queries like those that users ask"));
    }
    this.approximate = approximate;
    this.exact = exact;
  }

  /**
   * The recall of one way to answer against another.
   *
   * @param approximate what is found, as ids or other values that can be compared
   * @param exact what should be; a query whose exact answer is empty counts as found
   */
  public static <Q> RecallAssert<Q> assertThatRecall(
      Collection<Q> queries,
      Function<? super Q, ? extends Collection<?>> approximate,
      Function<? super Q, ? extends Collection<?>> exact) {
    return new RecallAssert<>(queries, approximate, exact);
  }

  /**
   * The mean over all queries is so much, or more.
   *
   * @param recall above 0, at most 1
   * @throws UsageException if it is not, or no query has an exact answer, so that none could fail
   */
  public RecallAssert<Q> isAtLeast(double recall) {
    if (!(recall > 0 && recall <= 1)) {
      throw new UsageException(
          Problem.what("a recall of " + recall + " was asked for")
              .where("RecallAssert.isAtLeast")
              .why("it is a part of what should be found")
              .fix("pass 0.95 for 95 %"));
    }
    List<Answer<Q>> answers = answers();
    if (answers.stream().allMatch(answer -> answer.expected() == 0)) {
      throw new UsageException(
          Problem.what("no query has an exact answer")
              .where("RecallAssert.isAtLeast")
              .why("what finds nothing would pass")
              .fix("store what is searched, or pass queries that match something"));
    }
    double mean = answers.stream().mapToDouble(Answer::recall).average().orElseThrow();
    if (mean < recall) {
      failWithMessage("%s", message(recall, mean, answers));
    }
    return this;
  }

  private List<Answer<Q>> answers() {
    List<Answer<Q>> answers = new ArrayList<>();
    for (Q query : actual) {
      Set<Object> missing = new HashSet<>(exact.apply(query));
      int expected = missing.size();
      missing.removeAll(new HashSet<>(approximate.apply(query)));
      double recall = expected == 0 ? 1 : 1 - (double) missing.size() / expected;
      answers.add(new Answer<>(query, expected, recall, missing));
    }
    return answers;
  }

  private String message(double expected, double mean, List<Answer<Q>> answers) {
    StringBuilder message =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "Expecting a recall of at least %s over %d queries but it is %.4f; the least:",
                expected,
                answers.size(),
                mean));
    answers.stream()
        .sorted((one, other) -> Double.compare(one.recall(), other.recall()))
        .limit(SHOWN)
        .forEach(
            answer ->
                message.append(
                    String.format(
                        Locale.ROOT,
                        "%n  %.2f of %s, without %s",
                        answer.recall(),
                        Problem.excerpt(String.valueOf(answer.query())),
                        Problem.excerpt(answer.missing().toString()))));
    return message.toString();
  }
}
