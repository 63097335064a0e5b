package dev.tenon.vector;

/** Whether a search goes by the vector index. */
enum SearchWay {
  /** By the rows that its filter leaves; without one, or where it is huge, by the server's plan. */
  CHOSEN,

  /** By the index, whatever its filter leaves. */
  BY_INDEX,

  /** Without it: every row that matches is compared. */
  EXACT
}
