package dev.tenon.vector;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/** The rows of a load, each with what the new model makes of it, which is given some at a time. */
final class ModelRows<O, N, X extends Exception> implements Iterator<BulkRow<O>> {

  private final VectorTable<O> from;
  private final VectorTable<N> to;
  private final ModelChange.Reembedding<O, N, X> model;
  private final int batch;
  private final Iterator<? extends O> records;
  private final String place;
  private final Deque<BulkRow<O>> made = new ArrayDeque<>();
  private long position;

  /**
   * @param model checked to give a record for each
   */
  ModelRows(
      VectorTable<O> from,
      VectorTable<N> to,
      ModelChange.Reembedding<O, N, X> model,
      int batch,
      Iterator<? extends O> records,
      String place) {
    this.from = from;
    this.to = to;
    this.model = model;
    this.batch = batch;
    this.records = records;
    this.place = place;
  }

  @Override
  public boolean hasNext() {
    return !made.isEmpty() || records.hasNext();
  }

  @Override
  public BulkRow<O> next() {
    if (made.isEmpty()) {
      make();
    }
    return made.remove();
  }

  private void make() {
    List<O> read = new ArrayList<>();
    List<Object> vectors = new ArrayList<>();
    while (read.size() < batch && records.hasNext()) {
      O record = records.next();
      vectors.add(from.check(record, BulkLoad.position(place, position + read.size())));
      read.add(record);
    }
    List<N> embedded = embedded(read);
    for (int i = 0; i < read.size(); i++) {
      Object beside = to.check(embedded.get(i), BulkLoad.position(place, position));
      made.add(new BulkRow<>(position++, read.get(i), vectors.get(i), beside));
    }
  }

  private List<N> embedded(List<O> read) {
    try {
      return model.embed(read);
    } catch (RuntimeException unchecked) {
      throw unchecked;
    } catch (Exception thrown) {
      throw new ModelFailure(thrown);
    }
  }

  /** Carries what a model throws through an iterator and a transaction. */
  static final class ModelFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private ModelFailure(Exception thrown) {
      super(thrown);
    }
  }
}
