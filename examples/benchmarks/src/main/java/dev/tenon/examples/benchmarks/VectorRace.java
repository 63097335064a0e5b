package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.PassageCorpus.Question;
import dev.tenon.examples.benchmarks.PassageStore.Wanted;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The same passages in the table of each library, with the same index: as it is shipped, until
 * {@link #configure}.
 */
final class VectorRace implements AutoCloseable {

  static final int TOP = 10;

  private static final int CHUNK = 10_000;
  private static final int AS_SHIPPED = 40;

  private final VectorPlan plan;
  private final PassageServer server;
  private final List<Question> questions;
  private final JdbcPassages jdbc;
  private final Map<PassageArm, PassageStore> stores = new EnumMap<>(PassageArm.class);

  VectorRace(VectorPlan plan) {
    this.plan = plan;
    int dimensions = plan.corpus().dimensions();
    this.questions = plan.corpus().questions(plan.questions(), TOP);
    this.server = new PassageServer(dimensions);
    this.jdbc = new JdbcPassages(server.unbound());
    try {
      stores.put(
          PassageArm.TENON,
          new TenonPassages<>(server, dimensions, Passage.Title.class, Passage.Title::id));
      stores.put(
          PassageArm.TENON_EMBEDDINGS,
          new TenonPassages<>(server, dimensions, Passage.class, Passage::id));
      stores.put(PassageArm.JDBC, jdbc);
      stores.put(PassageArm.SPRING, new SpringPassages(server.unbound(), dimensions, questions));
      stores.put(PassageArm.LANGCHAIN, LangchainPassages.asShipped(server.unbound(), dimensions));
    } catch (RuntimeException error) {
      server.close();
      throw error;
    }
  }

  List<Question> questions() {
    return questions;
  }

  /** Loads into the empty table; seconds. */
  double load(PassageLoad way, List<Passage> passages) throws SQLException {
    PassageStore store = store(way);
    server.execute("truncate " + store.table());
    server.execute("checkpoint");
    System.gc();
    long start = System.nanoTime();
    if (way == PassageLoad.COPY) {
      jdbc.copy(passages);
    } else {
      store.load(passages);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    long stored = server.count("select count(*) from " + store.table());
    if (stored != passages.size()) {
      throw new IllegalStateException(
          "%s stored %d passages of %d".formatted(way, stored, passages.size()));
    }
    return seconds;
  }

  private PassageStore store(PassageLoad way) {
    return store(
        switch (way) {
          case TENON -> PassageArm.TENON;
          case COPY, JDBC -> PassageArm.JDBC;
          case SPRING -> PassageArm.SPRING;
          case LANGCHAIN -> PassageArm.LANGCHAIN;
        });
  }

  private PassageStore store(PassageArm arm) {
    PassageStore store = stores.get(arm);
    if (store == null) {
      throw new IllegalStateException(arm + " has no store");
    }
    return store;
  }

  /** All passages into all tables, and then the same index on each. */
  void fill() throws SQLException {
    for (PassageArm arm : List.of(PassageArm.JDBC, PassageArm.SPRING, PassageArm.LANGCHAIN)) {
      fill(store(arm));
    }
    server.search(AS_SHIPPED, false);
  }

  private void fill(PassageStore store) throws SQLException {
    server.execute("truncate " + store.table());
    List<Passage> chunk = new ArrayList<>(CHUNK);
    try (Stream<Passage> passages = plan.corpus().passages()) {
      for (Passage passage : (Iterable<Passage>) passages::iterator) {
        chunk.add(passage);
        if (chunk.size() == CHUNK) {
          store.load(chunk);
          chunk.clear();
        }
      }
    }
    store.load(chunk);
    server.execute(
        "create index on %s using hnsw (embedding vector_cosine_ops) with (m = 16, ef_construction = 64)"
            .formatted(store.table()));
    server.execute("vacuum analyze " + store.table());
  }

  /**
   * Gives each what its users can give it: indexes of what is filtered by, and scans that go on.
   */
  void configure() throws SQLException {
    for (Share share : List.of(Share.HUNDREDTH, Share.THOUSANDTH)) {
      server.execute("create index on passages (tenant_id, %s)".formatted(share.column()));
    }
    server.execute("vacuum analyze passages");
    server.execute(
        "create index on %1$s using gin ((metadata::jsonb) jsonb_path_ops)"
            .formatted(store(PassageArm.SPRING).table()));
    server.execute("vacuum analyze " + store(PassageArm.SPRING).table());
    PassageStore columns =
        LangchainPassages.inColumns(server.unbound(), plan.corpus().dimensions());
    fill(columns);
    stores.put(PassageArm.LANGCHAIN, columns);
  }

  /** For those whose connections have the settings of the scan; Tenon's searches have their own. */
  void search(OptionalInt efSearch) throws SQLException {
    server.search(efSearch.orElse(AS_SHIPPED), efSearch.isPresent());
  }

  List<UUID> ask(PassageArm arm, Question question, Wanted wanted) throws SQLException {
    return store(arm).search(question, wanted);
  }

  /** How much of what is nearest all answers hold, and how many of the rows they could. */
  Answers answers(PassageArm arm, Wanted wanted) throws SQLException {
    double right = 0;
    double found = 0;
    double possible = 0;
    double judged = 0;
    for (Question question : questions) {
      List<UUID> ids = ask(arm, question, wanted);
      List<UUID> nearest = question.nearest(wanted.share());
      right += nearest.stream().filter(Set.copyOf(ids)::contains).count();
      judged += nearest.size();
      found += ids.size();
      possible += Math.min(wanted.top(), matching(wanted.share()));
    }
    return new Answers(right / judged, found / possible);
  }

  private int matching(Share share) {
    return Math.floorDiv(plan.corpus().size() - 1, share.oneOf()) + 1;
  }

  /**
   * @param recall the part of the ten nearest that is found
   * @param fill the rows that are returned, of those that there are, up to as many as were asked
   *     for
   */
  record Answers(double recall, double fill) {}

  /** Bytes of the table of the arm and of all its indexes. */
  long bytes(PassageArm arm) throws SQLException {
    return server.count("select pg_total_relation_size('%s')".formatted(store(arm).table()));
  }

  @Override
  public void close() {
    server.close();
  }
}
