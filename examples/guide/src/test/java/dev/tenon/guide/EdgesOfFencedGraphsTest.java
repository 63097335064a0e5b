package dev.tenon.guide;

import dev.tenon.testkit.TenonTest;

/** A table of edges can be added to graphs that are behind a fence already. */
@TenonTest(schema = GraphIsolationTest.FencedBefore.class)
class EdgesOfFencedGraphsTest extends GraphIsolationTest {}
