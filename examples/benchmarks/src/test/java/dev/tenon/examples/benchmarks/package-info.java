@NullMarked
package dev.tenon.examples.benchmarks;

import org.jspecify.annotations.NullMarked;
