/** Runs a native server so that it ends with the JVM. */
@NullMarked
package dev.tenon.testkit.servers.internal.process;

import org.jspecify.annotations.NullMarked;
