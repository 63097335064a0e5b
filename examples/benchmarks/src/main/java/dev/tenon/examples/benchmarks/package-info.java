/**
 * The hot path of each module beside the bare library it stands on: {@link
 * dev.tenon.examples.benchmarks.Benchmarks} runs them and prints the ratios.
 */
@NullMarked
package dev.tenon.examples.benchmarks;

import org.jspecify.annotations.NullMarked;
