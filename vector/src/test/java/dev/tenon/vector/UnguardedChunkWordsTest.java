package dev.tenon.vector;

import dev.tenon.testkit.TenonTest;

/** The same where the isolation was forgotten. */
@TenonTest(schema = ChunkWords.Unguarded.class)
final class UnguardedChunkWordsTest extends ChunkWordsTest {}
