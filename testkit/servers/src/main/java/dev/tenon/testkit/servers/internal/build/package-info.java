/** Assembles the bundle of native servers; runs in the build only. */
@NullMarked
package dev.tenon.testkit.servers.internal.build;

import org.jspecify.annotations.NullMarked;
