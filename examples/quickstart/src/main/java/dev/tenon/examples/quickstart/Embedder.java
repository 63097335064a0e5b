package dev.tenon.examples.quickstart;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.tenon.vector.Embedding;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Turns text into 384 numbers, in this process, with all-MiniLM-L6-v2. Needs no network. */
final class Embedder implements AutoCloseable {

  /** How many numbers describe a text. */
  static final int DIMENSIONS = 384;

  private final ExecutorService workers =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
  private final AllMiniLmL6V2QuantizedEmbeddingModel model;

  /** Loads the model, and keeps its tokenizer from reporting the use of it to its makers. */
  Embedder() {
    System.setProperty("OPT_OUT_TRACKING", "true");
    this.model = new AllMiniLmL6V2QuantizedEmbeddingModel(workers);
  }

  /** The vectors of these texts, in their order; one text per worker at a time. */
  List<Embedding> embed(List<String> texts) {
    List<TextSegment> segments = texts.stream().map(TextSegment::from).toList();
    return model.embedAll(segments).content().stream().map(Embedder::embedding).toList();
  }

  Embedding embed(String text) {
    return embedding(model.embed(text).content());
  }

  private static Embedding embedding(dev.langchain4j.data.embedding.Embedding vector) {
    return Embedding.of(vector.vector());
  }

  @Override
  public void close() {
    workers.shutdown();
  }
}
