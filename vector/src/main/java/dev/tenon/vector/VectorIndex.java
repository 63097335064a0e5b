package dev.tenon.vector;

/** How the vectors of a table are indexed. */
public sealed interface VectorIndex permits HnswIndex, IvfflatIndex {}
