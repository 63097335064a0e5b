package dev.tenon.examples.benchmarks;

/** Who searches, and what for. */
enum PassageArm {
  TENON("Tenon, RLS"),
  /** Embeddings returned, as LangChain4j does. */
  TENON_EMBEDDINGS("Tenon, RLS, embeddings"),
  JDBC("JDBC, no tenancy"),
  SPRING("Spring AI 2.0.0"),
  LANGCHAIN("LangChain4j 1.13.0-beta23");

  private final String label;

  PassageArm(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
