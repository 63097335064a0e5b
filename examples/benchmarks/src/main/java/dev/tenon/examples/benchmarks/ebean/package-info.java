/** What Ebean's plugin enhances, and nothing of Hibernate's. */
@NullMarked
package dev.tenon.examples.benchmarks.ebean;

import org.jspecify.annotations.NullMarked;
