/** The connections to Redis, for the modules of Tenon that keep data there. */
@NullMarked
package dev.tenon.cache.internal;

import org.jspecify.annotations.NullMarked;
