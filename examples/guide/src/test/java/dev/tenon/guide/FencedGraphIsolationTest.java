package dev.tenon.guide;

import dev.tenon.testkit.TenonTest;

/** Graphs and their edges behind fences keep and show what they do under row-level security. */
@TenonTest(schema = GraphIsolationTest.Fenced.class)
class FencedGraphIsolationTest extends GraphIsolationTest {}
