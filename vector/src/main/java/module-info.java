/** Vector spaces, HNSW indexes and filtered nearest-neighbour search on pgvector. */
module dev.tenon.vector {
  requires static transitive org.jspecify;
  requires static org.checkerframework.checker.qual;
  requires transitive dev.tenon.core;
  requires com.github.benmanes.caffeine;
  requires org.postgresql.jdbc;

  exports dev.tenon.vector;
}
