/**
 * The door to one PostgreSQL: a {@link dev.tenon.core.Database}, its {@link dev.tenon.core.Session
 * sessions} and the {@link dev.tenon.core.Repository repositories} that run on them.
 */
@NullMarked
package dev.tenon.core;

import org.jspecify.annotations.NullMarked;
