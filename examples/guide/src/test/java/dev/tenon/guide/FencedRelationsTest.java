package dev.tenon.guide;

import dev.tenon.testkit.TenonTest;

/** What belongs to a row is the tenant's behind a fence too. */
@TenonTest(schema = Library.Fenced.class)
class FencedRelationsTest extends RelationsGuideTest {}
