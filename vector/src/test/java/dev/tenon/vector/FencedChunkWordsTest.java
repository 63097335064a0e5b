package dev.tenon.vector;

import dev.tenon.testkit.TenonTest;

/** The same behind a fence. */
@TenonTest(schema = ChunkWords.Fenced.class)
final class FencedChunkWordsTest extends ChunkWordsTest {}
