@NullMarked
package dev.tenon.cache.ephemeral;

import org.jspecify.annotations.NullMarked;
