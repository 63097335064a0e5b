package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tenon.core.Migrations;
import dev.tenon.core.TenonException;
import dev.tenon.core.search.TextSearch;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;

/**
 * What is refused before any I/O, word for word, as {@code errors.txt} has it; what it is now lies
 * in {@code target/errors.txt}.
 */
@TenonTest(schema = VectorErrorsTest.Schema.class)
final class VectorErrorsTest {

  record Item(int id, Embedding embedding) {}

  record Bits(int id, BinaryEmbedding embedding) {}

  record Listed(int id) {}

  record Text(int id, String body) {}

  static final class Schema implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      return List.of(TenancyMigrations.all());
    }
  }

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  private final Map<String, ThrowingCallable> refused = new LinkedHashMap<>();

  private static VectorRepository<Item> items(VectorSpace space) {
    return VectorRepository.of("items", Item.class, space);
  }

  private void spaces() {
    refused.put("no dimensions", () -> VectorSpace.cosine(0));
    refused.put("too many bits", () -> VectorSpace.hamming(64_001));
    refused.put("bits of half precision", () -> VectorSpace.jaccard(8).half());
    refused.put("half and sparse", () -> VectorSpace.l2(8).half().sparse());
    refused.put("bits of the length 1", () -> VectorSpace.hamming(8).normalized());
    refused.put("a model without a name", () -> VectorSpace.l2(8).model("", "1"));
    refused.put("a version of two lines", () -> VectorSpace.l2(8).model("bge", "1\n2"));
    refused.put("a name without end", () -> VectorSpace.l2(8).model("x".repeat(201), "1"));
    refused.put("too many dimensions to store", () -> items(VectorSpace.l2(20_000)));
    refused.put("too many to index", () -> items(VectorSpace.l2(3_072)).indexSql());
    refused.put("no embedding", () -> VectorRepository.of("x", Listed.class, VectorSpace.l2(8)));
    refused.put("another element", () -> VectorRepository.of("x", Bits.class, VectorSpace.l2(8)));
  }

  private void vectors(TenantSession acme) {
    VectorRepository<Item> items = items(VectorSpace.cosine(3));
    refused.put("another dimension", () -> items.search(acme, new float[2]));
    refused.put("zero", () -> items.search(acme, new float[3]));
    refused.put("not a number", () -> items.search(acme, new float[] {1, Float.NaN, 1}));
    refused.put(
        "bits for numbers", () -> items.search(acme, BinaryEmbedding.of(true, false, true)));
    refused.put("too long", () -> items(VectorSpace.l2(3)).search(acme, new float[] {1e19f, 0, 0}));
    refused.put(
        "beyond half precision",
        () -> items(VectorSpace.l2(3).half()).search(acme, new float[] {70_000, 0, 0}));
    refused.put(
        "not of the length 1",
        () -> items(VectorSpace.l2(3).normalized()).search(acme, new float[] {1, 1, 0}));
    Embedder<RuntimeException> embedder = text -> new float[3];
    refused.put(
        "an embedder of another model",
        () ->
            items(VectorSpace.l2(3).model("bge", "1"))
                .search(acme, "disk", embedder.of(new VectorSpace.Model("bge", "2"))));
    refused.put(
        "the second of a batch",
        () ->
            items.upsertAll(
                acme,
                List.of(new Item(1, Embedding.of(1, 2, 3)), new Item(2, Embedding.of(1, 2)))));
  }

  private void indexes() {
    VectorRepository<Item> items = items(VectorSpace.l1(3));
    refused.put("a graph of one connection", () -> new HnswIndex(1, 64));
    refused.put("no lists", () -> new IvfflatIndex(0));
    refused.put("lists for l1", () -> items.indexedBy(new IvfflatIndex(10)));
    refused.put(
        "half precision quantized",
        () ->
            items(VectorSpace.l2(3).half())
                .indexedBy(HnswIndex.DEFAULT.quantized(Quantization.BINARY)));
  }

  private void searches(TenantSession acme) {
    VectorRepository<Item> items = items(VectorSpace.cosine(3));
    VectorSearch<Item> search = items.search(acme, new float[] {1, 2, 3});
    refused.put("no rows", () -> search.top(0));
    refused.put("too many candidates", () -> search.efSearch(1_001));
    refused.put(
        "a scan that cannot fill",
        () -> search.top(100).efSearch(50).iterativeScan(IterativeScan.OFF).fetch());
    refused.put("probes of a graph", () -> search.probes(3));
    refused.put("candidates of vectors", () -> search.candidates(50));
    refused.put("diversity", () -> search.diverse(2, 10));
    refused.put("hits of another element", () -> search.into(Bits.class));
    refused.put("weights", () -> fused(search, acme).weights(0, 0));
    refused.put("a tiny weight", () -> fused(search, acme).weights(1e-300, 1));
    refused.put("too little memory", () -> search.memory("1kB"));
    refused.put("too much memory", () -> search.memory("4TB"));
    refused.put("a constant", () -> new Fusion.ReciprocalRank(0));
    refused.put(
        "words of another table",
        () ->
            search.fusedWith(
                TextSearch.of("others", Text.class)
                    .text(DSL.field(DSL.name("body"), SQLDataType.VARCHAR))
                    .language("english")
                    .build()
                    .search(acme, "disk")));
    refused.put("no settings", () -> items.recall(acme).settings());
    refused.put("a piece", () -> new DocumentRepository.Piece(3, 2, "x"));
    refused.put(
        "attributes that are a list",
        () -> new DocumentRepository.Piece(0, 1, "x", JSONB.valueOf("[1]")));
    refused.put("a piece past its document", () -> DocumentRepository.Piece.of("abc", 1, 4));
    refused.put("half a character", () -> DocumentRepository.Piece.of("a😀", 0, 2));
    refused.put(
        "the search of another repository",
        () ->
            items.searchAll(
                acme,
                List.of(new float[] {1, 2, 3}),
                any -> items(VectorSpace.cosine(3)).search(acme, new float[] {1, 2, 3})));
    refused.put("one column", () -> ModelChange.of(items, items, all -> all));
  }

  private static HybridSearch<Item> fused(VectorSearch<Item> search, TenantSession acme) {
    return search.fusedWith(
        TextSearch.of("items", Text.class)
            .text(DSL.field(DSL.name("body"), SQLDataType.VARCHAR))
            .language("english")
            .build()
            .search(acme, "disk"));
  }

  @Test
  void each_says_what_where_why_and_how_to_mend_it(TenantDatabase tenants) throws IOException {
    TenantSession acme = tenants.as(ACME);
    spaces();
    vectors(acme);
    indexes();
    searches(acme);

    StringBuilder said = new StringBuilder();
    refused.forEach(
        (name, call) -> {
          TenonException error = catchThrowableOfType(TenonException.class, call);
          assertThat(error).as(name).isNotNull();
          said.append("== ").append(name).append(": ").append(error.getClass().getSimpleName());
          said.append('\n').append(error.problem().message()).append("\n\n");
        });

    Files.writeString(Path.of("target", "errors.txt"), said);
    assertThat(said.toString()).isEqualTo(expected());
  }

  private static String expected() throws IOException {
    try (InputStream file =
        Objects.requireNonNull(VectorErrorsTest.class.getResourceAsStream("errors.txt"))) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
