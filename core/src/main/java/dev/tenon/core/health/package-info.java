/** How a database is doing: a report of typed findings, and its pool's figures for Micrometer. */
@NullMarked
package dev.tenon.core.health;

import org.jspecify.annotations.NullMarked;
