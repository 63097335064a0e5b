package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.PassageCorpus.Question;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;

/** A library's way to keep passages and to find them. Safe for use by many threads. */
interface PassageStore {

  /**
   * What is searched for.
   *
   * @param efSearch the candidates of the index scan, where it is not as shipped; those of
   *     connections that are the superuser's are set by {@link PassageServer#search}
   */
  record Wanted(Share share, int top, OptionalInt efSearch) {}

  /** The name of its table. */
  String table();

  /** Writes them as a user with many would. */
  void load(List<Passage> passages) throws SQLException;

  /** The identifiers of what it finds, the nearest first. */
  List<UUID> search(Question question, Wanted wanted) throws SQLException;
}
