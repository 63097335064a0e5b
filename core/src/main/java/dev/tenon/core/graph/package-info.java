/**
 * Graphs as JSONB documents: a {@link dev.tenon.core.graph.GraphRepository} stores and patches
 * them, a {@link dev.tenon.core.graph.Traversal} walks them in bounded Java.
 */
@NullMarked
package dev.tenon.core.graph;

import org.jspecify.annotations.NullMarked;
