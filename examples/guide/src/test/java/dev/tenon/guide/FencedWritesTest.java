package dev.tenon.guide;

import dev.tenon.testkit.TenonTest;

/** A repository writes through the view of a fence what it writes into a table with policies. */
@TenonTest(schema = Members.Fenced.class)
class FencedWritesTest extends RepositoryWritesGuideTest {}
