package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.ArrayList;
import java.util.List;

/** The savepoints of one transaction, as the server keeps them, whoever made them. */
final class SavepointStack {

  private final TransactionState state;
  private final List<Mark> marks = new ArrayList<>();

  SavepointStack(TransactionState state) {
    this.state = state;
  }

  /**
   * A savepoint.
   *
   * @param applied what the server had been told when it was made
   */
  private record Mark(
      String name, Settings applied, int actions, int actionsOrUnknown, int actionsOfRollback) {}

  void make(String name) {
    marks.add(
        new Mark(
            name,
            state.applied,
            state.afterCommit.size(),
            state.afterCommitOrUnknown.size(),
            state.afterRollback.size()));
  }

  /** It is gone, and so are those that were made after it; what was done since stays. */
  void release(String name) {
    marks.subList(last(name), marks.size()).clear();
  }

  /** The savepoint stays; the server knows what it knew then, and so do the actions. */
  void returnTo(String name) {
    int place = last(name);
    Mark mark = marks.get(place);
    marks.subList(place + 1, marks.size()).clear();
    state.applied = mark.applied();
    truncate(state.afterCommit, mark.actions());
    truncate(state.afterCommitOrUnknown, mark.actionsOrUnknown());
    List<Runnable> undone =
        state.afterRollback.subList(mark.actionsOfRollback(), state.afterRollback.size());
    List<Runnable> due = List.copyOf(undone);
    undone.clear();
    due.forEach(TransactionRun::runHook);
  }

  /** What a text did that ran without an error. */
  void ran(SavepointText text) {
    switch (text.kind()) {
      case MAKE -> make(text.name());
      case RELEASE -> release(text.name());
      case RETURN -> returnTo(text.name());
    }
  }

  /**
   * Refuses, before it is sent, what the server would refuse.
   *
   * @throws UsageException if the text returns to or releases a savepoint that there is not
   */
  void require(SavepointText text) {
    if (text.kind() != SavepointText.Kind.MAKE) {
      last(text.name());
    }
  }

  /** A name means the savepoint that was made last. */
  private int last(String name) {
    for (int i = marks.size() - 1; i >= 0; i--) {
      if (marks.get(i).name().equals(name)) {
        return i;
      }
    }
    throw new UsageException(
        Problem.what("there is no savepoint " + Problem.excerpt(name))
            .where(state.place())
            .why("none of this name was made, or it was released, or undone with an earlier one")
            .fix("correct the name, or use Transaction.savepoint(…), which needs none"));
  }

  private static void truncate(List<Runnable> actions, int size) {
    actions.subList(size, actions.size()).clear();
  }
}
