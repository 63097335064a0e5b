package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.PassageCorpus.Question;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.BatchingStrategy;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.filter.FilterExpressionBuilder;
import org.springframework.ai.vectorstore.pgvector.PgVectorStore;
import org.springframework.jdbc.core.JdbcTemplate;

/** Through Spring AI's PgVectorStore, its default threshold, which drops rows, taken away. */
final class SpringPassages implements PassageStore {

  private static final String TABLE = "spring_passages";

  private final KnownEmbeddings model;
  private final PgVectorStore store;

  SpringPassages(DataSource source, int dimensions, List<Question> questions) {
    this.model = new KnownEmbeddings(dimensions, questions);
    this.store =
        PgVectorStore.builder(new JdbcTemplate(source), model)
            .vectorTableName(TABLE)
            .dimensions(dimensions)
            .indexType(PgVectorStore.PgIndexType.NONE)
            .initializeSchema(true)
            .build();
    store.afterPropertiesSet();
  }

  @Override
  public String table() {
    return TABLE;
  }

  /** In chunks, because the time of one call grows with the square of its documents. */
  @Override
  public void load(List<Passage> passages) {
    for (int from = 0; from < passages.size(); from += JdbcPassages.BATCH) {
      List<Passage> chunk =
          passages.subList(from, Math.min(from + JdbcPassages.BATCH, passages.size()));
      store.add(model.documents(chunk));
    }
  }

  @Override
  public List<UUID> search(Question question, Wanted wanted) {
    SearchRequest.Builder request =
        SearchRequest.builder().query(question.text()).topK(wanted.top()).similarityThresholdAll();
    if (wanted.share() != Share.ALL) {
      request.filterExpression(
          new FilterExpressionBuilder().eq(wanted.share().column(), 0).build());
    }
    return store.similaritySearch(request.build()).stream()
        .map(found -> UUID.fromString(found.getId()))
        .toList();
  }

  /** A model that answers at once: it knows what it will be asked. */
  private static final class KnownEmbeddings implements EmbeddingModel {

    private final int dimensions;
    private final Map<String, float[]> questions;
    private final Map<String, float[]> documents = new ConcurrentHashMap<>();

    KnownEmbeddings(int dimensions, List<Question> questions) {
      this.dimensions = dimensions;
      this.questions =
          questions.stream().collect(Collectors.toMap(Question::text, Question::vector));
    }

    List<Document> documents(List<Passage> passages) {
      documents.clear();
      return passages.stream().map(this::document).toList();
    }

    private Document document(Passage passage) {
      Document document =
          new Document(
              passage.id().toString(),
              passage.text(),
              Map.of(
                  Share.HALF.column(), passage.half(),
                  Share.TENTH.column(), passage.tenth(),
                  Share.HUNDREDTH.column(), passage.hundredth(),
                  Share.THOUSANDTH.column(), passage.thousandth()));
      documents.put(document.getId(), passage.embedding().toArray());
      return document;
    }

    @Override
    public float[] embed(String text) {
      return known(questions, text);
    }

    @Override
    public float[] embed(Document document) {
      return known(documents, document.getId());
    }

    private static float[] known(Map<String, float[]> embeddings, String name) {
      float[] embedding = embeddings.get(name);
      if (embedding == null) {
        throw new IllegalArgumentException(name + " has no known embedding");
      }
      return embedding;
    }

    @Override
    public List<float[]> embed(
        List<Document> many, @Nullable EmbeddingOptions options, BatchingStrategy batching) {
      return many.stream().map(this::embed).toList();
    }

    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
      List<String> texts = request.getInstructions();
      Stream<Embedding> embeddings =
          IntStream.range(0, texts.size()).mapToObj(i -> new Embedding(embed(texts.get(i)), i));
      return new EmbeddingResponse(embeddings.toList());
    }

    @Override
    public int dimensions() {
      return dimensions;
    }
  }
}
