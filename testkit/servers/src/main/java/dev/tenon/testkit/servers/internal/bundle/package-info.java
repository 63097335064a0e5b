/** Finds and unpacks the bundle of native servers. */
@NullMarked
package dev.tenon.testkit.servers.internal.bundle;

import org.jspecify.annotations.NullMarked;
