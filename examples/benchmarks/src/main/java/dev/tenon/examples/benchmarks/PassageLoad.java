package dev.tenon.examples.benchmarks;

/** A way of many passages into an empty table without an index of vectors. */
enum PassageLoad {
  TENON("Tenon load, RLS"),
  COPY("COPY BINARY by hand"),
  JDBC("JDBC batch of upserts"),
  SPRING("Spring AI 2.0.0"),
  LANGCHAIN("LangChain4j 1.13.0-beta23");

  private final String label;

  PassageLoad(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
