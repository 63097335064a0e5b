@NullMarked
package dev.tenon.cache;

import org.jspecify.annotations.NullMarked;
