package dev.tenon.testkit.isolation;

import dev.tenon.testkit.isolation.Impersonation.Answer;
import dev.tenon.testkit.isolation.Impersonation.TargetsDigest;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Every view and every routine that the application may use, asked with the other's rows there and
 * with them gone: an answer that differs tells of them, also where it is a count, a yes or a
 * refusal. And none of it may change them.
 */
record Interference(
    Impersonation impersonation, Targets targets, Rows rows, Arguments arguments, Verdict verdict) {

  private static final String ENDS_TRANSACTION = "2D000";
  private static final String TOO_LONG = "57014";

  /** A statement that is asked under several conditions. */
  private record Question(
      String object, String attack, String sql, List<? extends @Nullable Object> values) {}

  void run() throws SQLException {
    refresh();
    List<Question> questions = questions();
    TargetsDigest digest = TargetsDigest.of(targets.tables());
    Map<Question, Answer> first = new LinkedHashMap<>();
    Map<Question, Answer> again = new LinkedHashMap<>();
    for (Question question : questions) {
      Answer answer = ask(digest, question);
      first.put(question, answer);
      again.put(question, ask(digest, question));
      judge(question, answer);
    }
    targets.routines().forEach(routine -> judgeCalls(routine, first));
    takeAwayTheirRows();
    refresh();
    for (Question question : questions) {
      compare(question, first.get(question), again.get(question), ask(digest, question));
    }
  }

  private Answer ask(TargetsDigest digest, Question question) throws SQLException {
    return impersonation.ask(digest, question.sql, question.values);
  }

  private List<Question> questions() {
    List<Question> questions = new ArrayList<>();
    for (String view : targets.views()) {
      questions.add(
          new Question(view, "read the view", "select t::text from " + view + " t", List.of()));
    }
    for (Routine routine : targets.routines()) {
      if (routine.callable()) {
        for (int given : routine.arities()) {
          for (List<@Nullable String> values :
              arguments.combinations(routine.parameters().subList(0, given))) {
            questions.add(
                new Question(routine.label(), routine.attack(), routine.call(given), values));
          }
        }
      }
    }
    return questions;
  }

  private void judge(Question question, Answer answer) {
    if (answer.touched()) {
      verdict.leaks().add(leak(question, "changes rows of the other"));
    }
    String given = String.valueOf(question.values);
    Optional<String> mark =
        answer.rows().stream()
            .flatMap(row -> rows.marksIn(row).stream())
            .filter(found -> !given.contains(found))
            .findFirst();
    mark.ifPresent(
        found -> verdict.leaks().add(leak(question, "shows the other's value " + found)));
  }

  private void judgeCalls(Routine routine, Map<Question, Answer> answers) {
    if (!routine.callable()) {
      verdict.unproved().add(routine.label() + ": it cannot be called with values of the tenants'");
      return;
    }
    List<Answer> calls =
        answers.entrySet().stream()
            .filter(entry -> entry.getKey().object.equals(routine.label()))
            .map(Map.Entry::getValue)
            .toList();
    if (!arguments.knows(routine)) {
      verdict.unproved().add(routine.label() + ": no value but null is known for each argument");
    }
    if (calls.stream().anyMatch(answer -> answer.isRefusedWith(ENDS_TRANSACTION))) {
      verdict.unproved().add(routine.label() + ": it ends transactions and could not be undone");
    } else if (calls.stream().anyMatch(answer -> answer.isRefusedWith(TOO_LONG))) {
      verdict.unproved().add(routine.label() + ": it took too long");
    } else if (calls.stream().noneMatch(Answer::isDecided)) {
      verdict.unproved().add(routine.label() + ": each call failed, e.g. " + calls.get(0).rows());
    }
  }

  /** An answer that is another each time cannot be compared. */
  private void compare(
      Question question, @Nullable Answer first, @Nullable Answer again, Answer without) {
    if (first == null || again == null) {
      return;
    }
    if (!first.rows().equals(again.rows())) {
      verdict.unproved().add(question.object + ": its answers differ from call to call");
    } else if (!first.rows().equals(without.rows())) {
      verdict.leaks().add(leak(question, "answers otherwise when the other's rows are gone"));
    }
  }

  private Leak leak(Question question, String what) {
    return new Leak(
        question.object,
        question.attack + (question.values.isEmpty() ? "" : " with " + question.values),
        Impersonation.CONDITION,
        what);
  }

  private void takeAwayTheirRows() throws SQLException {
    for (TargetTable table : targets.tables()) {
      if (!impersonation.takeAway(table, impersonation.other())) {
        verdict
            .unproved()
            .add(
                table.relation()
                    + ": the other's rows could not be taken away, to compare answers");
      }
    }
  }

  /** What they keep is what they would keep if they were refreshed now. */
  private void refresh() throws SQLException {
    for (String view : targets.materialized()) {
      if (!impersonation.tried("refresh materialized view " + view)) {
        verdict.unproved().add(view + ": it could not be refreshed, to compare answers");
      }
    }
  }
}
