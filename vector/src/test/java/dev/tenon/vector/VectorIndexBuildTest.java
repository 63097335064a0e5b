package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.VectorIndexBuild.Progress;
import dev.tenon.vector.VectorIndexBuild.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Indexes that are built beside readers and writers. */
@TenonTest(schema = VectorIndexBuildTest.Schema.class)
final class VectorIndexBuildTest {

  private static final int DIMENSIONS = 64;
  private static final int ROWS = 4_000;

  /** No build ends while there is no end of rows to look at. */
  private static final int MOST_WRITTEN = 300;

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final String INDEX = "papers_embedding_hnsw";

  record Paper(int id, Embedding embedding) {}

  private static final VectorRepository<Paper> PAPERS =
      VectorRepository.of("papers", Paper.class, VectorSpace.cosine(DIMENSIONS));
  private static final VectorRepository<Paper> WIDER = PAPERS.indexedBy(new HnswIndex(24, 128));
  private static final VectorRepository<Paper> FENCED =
      VectorRepository.of("fenced", Paper.class, VectorSpace.cosine(DIMENSIONS));

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("papers")
              .script(
                  "V1__papers.sql",
                  PAPERS.tableSql()
                      + FILL
                      + TenantTable.rls("papers").sql()
                      + FENCED.tableSql()
                      + TenantTable.fence("fenced").key("id").sql()));
    }

    private static final String FILL =
        """
        select setseed(0.5);
        insert into papers (tenant_id, id, embedding)
        select '%s', i, (select array_agg(random() - 0.5 + 0 * (i + axis))
                           from generate_series(1, %d) axis)::vector
          from generate_series(1, %d) i;
        analyze papers;
        """
            .formatted(ACME, DIMENSIONS, ROWS);
  }

  private final ExecutorService executor = Executors.newCachedThreadPool();

  @AfterEach
  void end() {
    executor.shutdownNow();
  }

  private static Database owner(TestDatabase made) {
    return TestSchema.connect(made, made.owner());
  }

  private static List<String> indexes(Database owner) {
    return owner
        .sql()
        .fetch(
            """
            select c.relname || case when i.indisvalid then '' else ' invalid' end
              from pg_index i join pg_class c on c.oid = i.indexrelid
             where i.indrelid = 'papers'::regclass and not i.indisprimary order by 1""")
        .getValues(0, String.class);
  }

  private static String options(Database owner, String index) {
    return owner
        .sql()
        .fetchSingle(
            "select array_to_string(reloptions, ' ') from pg_class where relname = ?", index)
        .get(0, String.class);
  }

  private static void asSuperuser(TestDatabase made, String sql) {
    try (Connection connection = made.dataSource(made.superuser()).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException error) {
      throw new AssertionError(sql, error);
    }
  }

  private static void invalidate(TestDatabase made, String index) {
    asSuperuser(
        made,
        "update pg_index set indisvalid = false where indexrelid = '%s'::regclass"
            .formatted(index));
  }

  /** A build waits for all who write: one that is left open holds it where it is. */
  private static CompletableFuture<Result> held(
      VectorIndexBuild build, DSLContext holder, ExecutorService executor) {
    holder.execute("lock table papers in row exclusive mode");
    CompletableFuture<Result> running = CompletableFuture.supplyAsync(build::run, executor);
    awaitPhase(build, "waiting for");
    return running;
  }

  private static Progress awaitPhase(VectorIndexBuild build, String phase) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (System.nanoTime() < end) {
      Optional<Progress> progress = build.progress();
      if (progress.isPresent() && progress.get().phase().contains(phase)) {
        return progress.get();
      }
      Thread.onSpinWait();
    }
    throw new AssertionError("no build is " + phase);
  }

  @Test
  void builds_once_and_leaves_a_good_index_alone(TestDatabase made) {
    try (Database owner = owner(made)) {
      assertThat(PAPERS.indexBuild(owner).run()).isEqualTo(Result.BUILT);
      assertThat(indexes(owner)).containsExactly(INDEX);
      assertThat(options(owner, INDEX)).isEqualTo("m=16 ef_construction=64");
      assertThat(PAPERS.indexBuild(owner).run()).isEqualTo(Result.UNCHANGED);
    }
  }

  @Test
  void an_index_made_with_the_defaults_unsaid_is_as_defined(TestDatabase made) {
    try (Database owner = owner(made)) {
      owner
          .sql()
          .execute(
              "create index %s on papers using hnsw (embedding vector_cosine_ops)"
                  .formatted(INDEX));
      assertThat(PAPERS.indexBuild(owner).run()).isEqualTo(Result.UNCHANGED);
    }
  }

  @Test
  void an_index_of_other_parameters_serves_until_the_new_one_is_whole(
      TestDatabase made, TenantDatabase tenants) {
    try (Database owner = owner(made);
        Database holder = owner(made)) {
      assertThat(PAPERS.indexBuild(owner).run()).isEqualTo(Result.BUILT);
      VectorIndexBuild build = WIDER.indexBuild(owner);
      CompletableFuture<Result> running =
          holder.transactionResult(
              transaction -> {
                CompletableFuture<Result> held = held(build, transaction.sql(), executor);
                assertThat(PAPERS.search(tenants.as(ACME), Vectors.random(1, DIMENSIONS)).explain())
                    .contains(INDEX + " ");
                assertThat(held).isNotDone();
                return held;
              });
      assertThat(running.join()).isEqualTo(Result.BUILT);
      assertThat(WIDER.indexBuild(owner).run()).isEqualTo(Result.UNCHANGED);
      assertThat(indexes(owner)).containsExactly(INDEX);
      assertThat(options(owner, INDEX)).isEqualTo("m=24 ef_construction=128");
    }
  }

  @Test
  void an_invalid_index_is_built_anew(TestDatabase made) {
    try (Database owner = owner(made)) {
      PAPERS.indexBuild(owner).run();
      invalidate(made, INDEX);
      owner.sql().execute("create index if not exists " + INDEX + " on papers (id)");
      assertThat(indexes(owner)).containsExactly(INDEX + " invalid");

      assertThat(PAPERS.indexBuild(owner).run()).isEqualTo(Result.BUILT);
      assertThat(indexes(owner)).containsExactly(INDEX);
    }
  }

  @Test
  void cancel_ends_a_build_and_leaves_nothing_of_it(TestDatabase made) {
    try (Database owner = owner(made);
        Database holder = owner(made)) {
      VectorIndexBuild build = PAPERS.indexBuild(owner);
      CompletableFuture<Result> running =
          holder.transactionResult(
              transaction -> {
                CompletableFuture<Result> held = held(build, transaction.sql(), executor);
                build.cancel();
                return held;
              });
      assertThat(running.join()).isEqualTo(Result.CANCELLED);
      assertThat(indexes(owner)).isEmpty();
      assertThat(build.run()).isEqualTo(Result.CANCELLED);
      assertThat(PAPERS.indexBuild(owner).run()).isEqualTo(Result.BUILT);
      assertThat(indexes(owner)).containsExactly(INDEX);
    }
  }

  @Test
  void a_build_that_is_killed_is_not_used_and_the_next_one_ends_it(
      TestDatabase made, TenantDatabase tenants) throws Exception {
    try (Database owner = owner(made);
        Database holder = owner(made)) {
      VectorIndexBuild build = PAPERS.indexBuild(owner);
      holder.transaction(
          transaction -> {
            CompletableFuture<Result> running = held(build, transaction.sql(), executor);
            asSuperuser(
                made,
                "select pg_terminate_backend(pid) from pg_stat_progress_create_index"
                    + " where datname = current_database()");
            assertThatThrownBy(running::join).hasCauseInstanceOf(TenonException.class);
          });
      assertThat(indexes(owner)).containsExactly(INDEX + "_new invalid");
      assertThat(PAPERS.search(tenants.as(ACME), Vectors.random(1, DIMENSIONS)).explain())
          .doesNotContain("hnsw");

      assertThat(PAPERS.indexBuild(owner).run()).isEqualTo(Result.BUILT);
      assertThat(indexes(owner)).containsExactly(INDEX);
    }
  }

  @Test
  void one_builds_at_a_time(TestDatabase made) {
    try (Database owner = owner(made);
        Database holder = owner(made)) {
      CompletableFuture<Result> running =
          holder.transactionResult(
              transaction -> {
                CompletableFuture<Result> held =
                    held(PAPERS.indexBuild(owner), transaction.sql(), executor);
                CompletableFuture<Result> second =
                    CompletableFuture.supplyAsync(PAPERS.indexBuild(owner)::run, executor);
                assertThatThrownBy(() -> second.get(20, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(RetryableException.class)
                    .hasMessageContaining("another build of it has the lock");
                assertThat(held).isNotDone();
                return held;
              });
      assertThat(running.join()).isEqualTo(Result.BUILT);
    }
  }

  @Test
  void rows_that_are_written_while_it_is_built_are_found(
      TestDatabase made, TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    try (Database owner = owner(made)) {
      CompletableFuture<Result> running =
          CompletableFuture.supplyAsync(WIDER.indexBuild(owner)::run, executor);
      int written = 0;
      while (!running.isDone() && written < MOST_WRITTEN) {
        written++;
        PAPERS.upsert(acme, paper(ROWS + written));
        PAPERS.upsert(acme, paper(written));
      }
      assertThat(running.join()).isEqualTo(Result.BUILT);
      assertThat(written).isGreaterThan(10);
      for (int id : IntStream.rangeClosed(1, written).toArray()) {
        for (int each : new int[] {id, ROWS + id}) {
          assertThat(
                  PAPERS
                      .search(acme.withSetting("enable_sort", "off"), vector(each))
                      .efSearch(200)
                      .top(1)
                      .fetch()
                      .records())
              .extracting(Paper::id)
              .containsExactly(each);
        }
      }
    }
  }

  private static Paper paper(int id) {
    return new Paper(id, Embedding.of(vector(id)));
  }

  private static float[] vector(int id) {
    return Vectors.random(50_000 + id, DIMENSIONS);
  }

  @Test
  void what_the_build_sets_stays_with_its_connection(TestDatabase made) throws SQLException {
    try (Database owner = owner(made)) {
      String before = memory(owner);
      PAPERS.indexBuild(owner).withMemory("77MB").run();
      for (int i = 0; i < 20; i++) {
        assertThat(memory(owner)).isEqualTo(before).isNotEqualTo("77MB");
      }
    }
  }

  private static String memory(Database owner) {
    return owner
        .sql()
        .fetchSingle("select current_setting('maintenance_work_mem')")
        .get(0, String.class);
  }

  @Test
  void builds_behind_a_fence(TestDatabase made, TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    FENCED.load(acme, IntStream.range(0, 500).mapToObj(VectorIndexBuildTest::paper));
    try (Database owner = owner(made)) {
      assertThat(FENCED.indexBuild(owner).run()).isEqualTo(Result.BUILT);
      assertThat(FENCED.indexBuild(owner).run()).isEqualTo(Result.UNCHANGED);
      assertThat(options(owner, "fenced_embedding_hnsw")).isEqualTo("m=16 ef_construction=64");
    }
    assertThat(FENCED.search(acme, vector(3)).top(1).fetch().records())
        .extracting(Paper::id)
        .containsExactly(3);
  }

  @Test
  void lists_are_refused_on_too_few_rows_and_found_through_otherwise(
      TestDatabase made, TenantDatabase tenants) {
    try (Database owner = owner(made)) {
      assertThatThrownBy(
              () -> PAPERS.indexedBy(new IvfflatIndex(ROWS / 50 + 1)).indexBuild(owner).run())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("fewer than 4050 rows for 81 lists");
      VectorRepository<Paper> lists = PAPERS.indexedBy(new IvfflatIndex(40));
      assertThat(lists.indexBuild(owner).run()).isEqualTo(Result.BUILT);
      TenantSession acme = tenants.as(ACME).withSetting("enable_sort", "off");
      VectorSearch<Paper> search = lists.search(acme, vector(1)).top(10);
      assertThat(search.explain()).contains("papers_embedding_ivfflat");
      assertThat(search.probes(40).fetch().hits()).isEqualTo(search.exact().fetch().hits());
      assertThat(search.top(ROWS).fetch().hits()).hasSize(ROWS);
    }
  }

  @Test
  void a_table_that_is_missing_is_named(TestDatabase made) {
    try (Database owner = owner(made)) {
      assertThatThrownBy(
              () ->
                  VectorRepository.of("nothing", Paper.class, VectorSpace.cosine(DIMENSIONS))
                      .indexBuild(owner)
                      .run())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("nothing");
    }
  }

  @Test
  void advises_the_size_that_an_index_has(TestDatabase made) {
    try (Database owner = owner(made)) {
      for (VectorIndex index : List.of(HnswIndex.DEFAULT, new IvfflatIndex(40))) {
        VectorRepository<Paper> papers = PAPERS.indexedBy(index);
        IndexAdvice advice = papers.indexAdvice(ROWS);
        assertThat(papers.indexBuild(owner).withMemory(advice.memorySetting()).run())
            .isEqualTo(Result.BUILT);
        String name = index instanceof IvfflatIndex ? "papers_embedding_ivfflat" : INDEX;
        long bytes =
            owner
                .sql()
                .fetchSingle("select pg_relation_size('%s')".formatted(name))
                .get(0, Long.class);
        assertThat((double) advice.bytes() / bytes).as("%s", index).isBetween(0.85, 1.15);
      }
    }
  }
}
