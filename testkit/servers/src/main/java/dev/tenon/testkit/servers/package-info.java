/** Real PostgreSQL and Redis servers for tests, and an isolated database for each test. */
@NullMarked
package dev.tenon.testkit.servers;

import org.jspecify.annotations.NullMarked;
