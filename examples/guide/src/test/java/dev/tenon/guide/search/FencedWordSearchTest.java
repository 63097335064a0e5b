package dev.tenon.guide.search;

import dev.tenon.testkit.TenonTest;

/** A search finds the same behind a fence. */
@TenonTest(schema = Articles.Fenced.class)
class FencedWordSearchTest extends WordSearchTest {}
