package dev.tenon.guide.search;

import dev.tenon.testkit.TenonTest;

/** The same attacks behind a fence. */
@TenonTest(schema = Articles.Fenced.class)
class FencedSearchProofTest extends SearchProofTest {}
