/**
 * Data in Redis that lives for a while and is not a cache: there is nothing behind it to load it
 * from again, so what fails in Redis reaches the caller.
 */
@NullMarked
package dev.tenon.cache.ephemeral;

import org.jspecify.annotations.NullMarked;
