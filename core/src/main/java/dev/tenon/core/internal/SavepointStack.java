package dev.tenon.core.internal;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The savepoints of one transaction, as the server keeps them, whoever made them. */
final class SavepointStack {

  /** What the server answers to all but the way back in a transaction that has failed. */
  private static final String HAS_FAILED = "25P02";

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

  /** What all statements of a text did. */
  void ran(SavepointText text) {
    text.first().forEach(this::run);
    text.last().forEach(this::run);
  }

  /**
   * What a text did before it failed. A savepoint can be made unless the transaction has failed
   * before, and one that is there can be returned to and released.
   */
  void failed(SavepointText text, SQLException error) {
    if (HAS_FAILED.equals(error.getSQLState())) {
      return;
    }
    for (SavepointText.Step step : text.first()) {
      if (step.kind() != SavepointText.Kind.MAKE && !isThere(step.name())) {
        return;
      }
      run(step);
    }
  }

  private void run(SavepointText.Step step) {
    switch (step.kind()) {
      case MAKE -> make(step.name());
      case RELEASE -> release(step.name());
      case RETURN -> returnTo(step.name());
    }
  }

  private boolean isThere(String name) {
    return marks.stream().anyMatch(mark -> mark.name().equals(name));
  }

  /** A name means the savepoint that was made last. */
  private int last(String name) {
    for (int i = marks.size() - 1; i >= 0; i--) {
      if (marks.get(i).name().equals(name)) {
        return i;
      }
    }
    throw new IllegalStateException("nobody saw the savepoint " + name + " being made");
  }

  private static void truncate(List<Runnable> actions, int size) {
    actions.subList(size, actions.size()).clear();
  }
}
