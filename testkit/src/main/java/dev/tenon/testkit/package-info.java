/**
 * Tests on real servers: {@link dev.tenon.testkit.TenonTest} gives each test an isolated, migrated
 * database, {@link dev.tenon.testkit.TestSchema} says what is in it.
 */
@NullMarked
package dev.tenon.testkit;

import org.jspecify.annotations.NullMarked;
