package dev.tenon.examples.benchmarks;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.filter.MetadataFilterBuilder;
import dev.langchain4j.store.embedding.pgvector.DefaultMetadataStorageConfig;
import dev.langchain4j.store.embedding.pgvector.MetadataStorageConfig;
import dev.langchain4j.store.embedding.pgvector.MetadataStorageMode;
import dev.langchain4j.store.embedding.pgvector.PgVectorEmbeddingStore;
import dev.tenon.examples.benchmarks.PassageCorpus.Question;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;

/** Through LangChain4j's PgVectorEmbeddingStore, which returns the embeddings too. */
final class LangchainPassages implements PassageStore {

  private final String table;
  private final PgVectorEmbeddingStore store;

  private LangchainPassages(
      DataSource source, int dimensions, String table, MetadataStorageConfig metadata) {
    this.table = table;
    this.store =
        PgVectorEmbeddingStore.datasourceBuilder()
            .datasource(source)
            .table(table)
            .dimension(dimensions)
            .useIndex(false)
            .skipCreateVectorExtension(true)
            .metadataStorageConfig(metadata)
            .build();
  }

  /** The metadata as JSON, as it is without a word. */
  static LangchainPassages asShipped(DataSource source, int dimensions) {
    return new LangchainPassages(
        source, dimensions, "langchain_passages", DefaultMetadataStorageConfig.defaultConfig());
  }

  /** A column for each field, those that choose few rows with an index. */
  static LangchainPassages inColumns(DataSource source, int dimensions) {
    return new LangchainPassages(
        source,
        dimensions,
        "langchain_columns",
        DefaultMetadataStorageConfig.builder()
            .storageMode(MetadataStorageMode.COLUMN_PER_KEY)
            .columnDefinitions(Share.filters().map(share -> share.column() + " int").toList())
            .indexes(List.of(Share.HUNDREDTH.column(), Share.THOUSANDTH.column()))
            .indexType("BTREE")
            .build());
  }

  @Override
  public String table() {
    return table;
  }

  @Override
  public void load(List<Passage> passages) {
    for (int from = 0; from < passages.size(); from += JdbcPassages.BATCH) {
      List<Passage> chunk =
          passages.subList(from, Math.min(from + JdbcPassages.BATCH, passages.size()));
      store.addAll(
          chunk.stream().map(passage -> passage.id().toString()).toList(),
          chunk.stream().map(passage -> Embedding.from(passage.embedding().toArray())).toList(),
          chunk.stream().map(LangchainPassages::segment).toList());
    }
  }

  private static TextSegment segment(Passage passage) {
    return TextSegment.from(
        passage.text(),
        Metadata.from(
            Map.of(
                Share.HALF.column(), passage.half(),
                Share.TENTH.column(), passage.tenth(),
                Share.HUNDREDTH.column(), passage.hundredth(),
                Share.THOUSANDTH.column(), passage.thousandth())));
  }

  @Override
  public List<UUID> search(Question question, Wanted wanted) {
    EmbeddingSearchRequest.EmbeddingSearchRequestBuilder request =
        EmbeddingSearchRequest.builder()
            .queryEmbedding(Embedding.from(question.vector()))
            .maxResults(wanted.top());
    if (wanted.share() != Share.ALL) {
      request.filter(MetadataFilterBuilder.metadataKey(wanted.share().column()).isEqualTo(0));
    }
    return store.search(request.build()).matches().stream()
        .map(match -> UUID.fromString(match.embeddingId()))
        .toList();
  }
}
