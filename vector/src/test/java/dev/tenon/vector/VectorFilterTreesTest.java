package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Migrations;
import dev.tenon.core.Session;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random trees of and, or, not over columns and documents, nulls and hostile texts among them, find
 * what the three-valued logic of SQL finds in memory, of one tenant among several.
 */
@TenonTest(schema = VectorFilterTreesTest.Schema.class)
final class VectorFilterTreesTest {

  private static final int DIMENSIONS = 8;
  private static final int ROWS = 150;
  private static final int MORE_THAN_ALL = ROWS + 50;
  private static final int TREES = 250;

  private static final List<UUID> TENANTS =
      IntStream.range(0, 5).mapToObj(i -> new UUID(0x018f3c1e7b7a7c3eL, ~(long) i)).toList();

  private static final List<String> TEXTS =
      List.of(
          "plain",
          "o'clock",
          "' or true --",
          "\"quoted\"",
          "back\\slash\\",
          "\\' or 1=1",
          "50 % of a_b!",
          "emoji \uD83D\uDE80\u200D\u2603",
          "{0} ? ?? $1 :x %s",
          "/* x */ -- y",
          "line\nbreak",
          "");

  private static final Field<Integer> ID = DSL.field(DSL.name("id"), SQLDataType.INTEGER);
  private static final Field<String> LABEL = DSL.field(DSL.name("label"), SQLDataType.VARCHAR);
  private static final Field<Integer> SIZE = DSL.field(DSL.name("size"), SQLDataType.INTEGER);
  private static final Field<JSONB> DATA = DSL.field(DSL.name("data"), SQLDataType.JSONB);
  private static final Field<String> DATA_LABEL = DSL.jsonbGetAttributeAsText(DATA, "label");
  private static final Field<Integer> DATA_SIZE =
      DSL.jsonbGetAttributeAsText(DATA, "size").cast(SQLDataType.INTEGER);

  record Entry(
      int id,
      @Nullable String label,
      @Nullable Integer size,
      @Nullable JSONB data,
      Embedding embedding) {}

  record Listed(int id) {}

  private static final VectorRepository<Entry> ENTRIES =
      VectorRepository.of("entries", Entry.class, VectorSpace.cosine(DIMENSIONS))
          .indexedBy(new HnswIndex(8, 32));

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("entries")
              .script(
                  "V1__entries.sql",
                  ENTRIES.tableSql() + ENTRIES.indexSql() + TenantTable.rls("entries").sql()));
    }
  }

  /** What a row is in memory. */
  private record Row(
      int id,
      @Nullable String label,
      @Nullable Integer size,
      boolean hasData,
      @Nullable String dataLabel,
      @Nullable Integer dataSize) {

    static Row random(int id, Random random) {
      boolean hasData = random.nextInt(4) > 0;
      return new Row(
          id,
          random.nextInt(5) == 0 ? null : text(random),
          random.nextInt(5) == 0 ? null : random.nextInt(10),
          hasData,
          hasData && random.nextBoolean() ? text(random) : null,
          hasData && random.nextBoolean() ? random.nextInt(10) : null);
    }

    Entry stored(long seed) {
      JSONB data =
          hasData
              ? JSONB.valueOf("{\"label\": %s, \"size\": %s}".formatted(json(dataLabel), dataSize))
              : null;
      return new Entry(id, label, size, data, Embedding.of(Vectors.random(seed + id, DIMENSIONS)));
    }
  }

  private static String json(@Nullable String text) {
    return text == null
        ? "null"
        : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }

  private static String text(Random random) {
    return TEXTS.get(random.nextInt(TEXTS.size()));
  }

  /** A condition, and what it is of a row: true, false or unknown. */
  private record Tree(Condition condition, Function<Row, @Nullable Boolean> value) {

    boolean holds(Row row) {
      return Boolean.TRUE.equals(value.apply(row));
    }

    Tree not() {
      return new Tree(condition.not(), row -> negated(value.apply(row)));
    }

    Tree and(Tree other) {
      return new Tree(
          condition.and(other.condition), row -> both(value.apply(row), other.value.apply(row)));
    }

    Tree or(Tree other) {
      return new Tree(
          condition.or(other.condition),
          row -> negated(both(negated(value.apply(row)), negated(other.value.apply(row)))));
    }

    private static @Nullable Boolean negated(@Nullable Boolean value) {
      return value == null ? null : !value;
    }

    private static @Nullable Boolean both(@Nullable Boolean one, @Nullable Boolean other) {
      if (Boolean.FALSE.equals(one) || Boolean.FALSE.equals(other)) {
        return false;
      }
      return (one == null || other == null) ? null : Boolean.TRUE;
    }

    static Tree random(Random random, int depth) {
      int kind = random.nextInt(4);
      if (depth == 0 || (kind == 3 && random.nextBoolean())) {
        return leaf(random);
      }
      Tree left = random(random, depth - 1);
      return switch (kind) {
        case 0 -> left.not();
        case 1 -> left.and(random(random, depth - 1));
        default -> left.or(random(random, depth - 1));
      };
    }

    private static Tree leaf(Random random) {
      return random.nextBoolean() ? ofText(random) : ofNumber(random);
    }

    private static Tree ofText(Random random) {
      boolean inside = random.nextBoolean();
      Field<String> field = inside ? DATA_LABEL : LABEL;
      Function<Row, @Nullable String> of = inside ? Row::dataLabel : Row::label;
      String one = text(random);
      String two = text(random);
      return switch (random.nextInt(8)) {
        case 0 -> new Tree(field.ne(one), known(of, is -> !is.equals(one)));
        case 1 -> new Tree(field.in(one, two), known(of, is -> is.equals(one) || is.equals(two)));
        case 2 ->
            new Tree(field.notIn(one, two), known(of, is -> !is.equals(one) && !is.equals(two)));
        case 3 -> new Tree(field.isNull(), row -> of.apply(row) == null);
        case 4 -> new Tree(field.contains(one), known(of, is -> is.contains(one)));
        case 5 -> new Tree(field.startsWith(one), known(of, is -> is.startsWith(one)));
        case 6 ->
            new Tree(field.eq(DSL.val((String) null, SQLDataType.VARCHAR)), known(of, is -> null));
        default -> new Tree(field.eq(one), known(of, is -> is.equals(one)));
      };
    }

    private static Tree ofNumber(Random random) {
      boolean inside = random.nextBoolean();
      Field<Integer> field = inside ? DATA_SIZE : SIZE;
      Function<Row, @Nullable Integer> of = inside ? Row::dataSize : Row::size;
      int one = random.nextInt(10);
      return switch (random.nextInt(7)) {
        case 0 -> new Tree(field.lt(one), known(of, is -> is < one));
        case 1 -> new Tree(field.between(one, 7), known(of, is -> one <= is && is <= 7));
        case 2 -> new Tree(field.isNotNull(), row -> of.apply(row) != null);
        case 3 ->
            new Tree(
                field.isDistinctFrom(one),
                row -> {
                  Integer is = of.apply(row);
                  return is == null || is != one;
                });
        case 4 ->
            new Tree(
                DSL.condition(
                    "{0} @> {1}", DATA, DSL.val(JSONB.valueOf("{\"size\": " + one + "}"))),
                row -> row.hasData() ? Integer.valueOf(one).equals(row.dataSize()) : null);
        case 5 -> new Tree(ID.mod(10).lt(one), row -> row.id() % 10 < one);
        default -> new Tree(field.ge(one), known(of, is -> is >= one));
      };
    }

    private static <V> Function<Row, @Nullable Boolean> known(
        Function<Row, @Nullable V> of, Function<V, @Nullable Boolean> value) {
      return row -> {
        V is = of.apply(row);
        return is == null ? null : value.apply(is);
      };
    }
  }

  private static Map<UUID, List<Row>> filled(TenantDatabase tenants, Random random) {
    Map<UUID, List<Row>> rows = new HashMap<>();
    for (UUID tenant : TENANTS) {
      // The ids are the same for each tenant, so that a row of another would be taken for an own.
      List<Row> own = IntStream.range(0, ROWS).mapToObj(id -> Row.random(id, random)).toList();
      long seed = 1_000L * rows.size();
      ENTRIES.load(tenants.as(tenant), own.stream().map(row -> row.stored(seed)));
      rows.put(tenant, own);
    }
    return rows;
  }

  private static Set<Integer> matching(List<Row> rows, Tree tree) {
    return rows.stream().filter(tree::holds).map(Row::id).collect(Collectors.toSet());
  }

  private static VectorSearch<Listed> search(Session session, Tree tree) {
    return ENTRIES
        .search(session, Vectors.random(-1, DIMENSIONS))
        .where(tree.condition())
        .into(Listed.class)
        .top(MORE_THAN_ALL);
  }

  private static void assertFound(SearchResult<Listed> found, Set<Integer> expected, Tree tree) {
    assertThat(found.records())
        .as(tree.condition().toString())
        .extracting(Listed::id)
        .containsExactlyInAnyOrderElementsOf(expected);
    assertThat(found.truncated()).as(tree.condition().toString()).isFalse();
  }

  @Test
  void find_the_same_with_the_index_and_without_and_in_memory(TenantDatabase tenants) {
    Random random = new Random(41);
    Map<UUID, List<Row>> rows = filled(tenants, random);
    for (int i = 0; i < TREES; i++) {
      UUID tenant = TENANTS.get(random.nextInt(TENANTS.size()));
      Tree tree = Tree.random(random, 4);
      Set<Integer> expected = matching(rows.getOrDefault(tenant, List.of()), tree);
      VectorSearch<Listed> search = search(tenants.as(tenant), tree);
      assertFound(search.exact().fetch(), expected, tree);
      assertFound(search.fetch(), expected, tree);

      VectorSearch<Listed> byIndex = search(tenants.as(tenant), tree).approximate();
      assertFound(byIndex.iterativeScan(IterativeScan.STRICT).fetch(), expected, tree);
      assertFound(byIndex.iterativeScan(IterativeScan.RELAXED).fetch(), expected, tree);
    }
  }

  @Test
  void say_so_when_the_scan_of_the_index_was_cut_short(TenantDatabase tenants) {
    Random random = new Random(42);
    Map<UUID, List<Row>> rows = filled(tenants, random);
    int cut = 0;
    for (int i = 0; i < TREES; i++) {
      UUID tenant = TENANTS.get(random.nextInt(TENANTS.size()));
      Tree tree = Tree.random(random, 4);
      Set<Integer> expected = matching(rows.getOrDefault(tenant, List.of()), tree);
      SearchResult<Listed> found =
          search(tenants.as(tenant), tree).approximate().efSearch(20).maxScanTuples(100).fetch();
      assertThat(found.records()).extracting(Listed::id).isSubsetOf(expected);
      assertThat(found.truncated()).isEqualTo(found.hits().size() < expected.size());
      cut += found.truncated() ? 1 : 0;
    }
    assertThat(cut).isBetween(TREES / 10, TREES - 1);
  }
}
