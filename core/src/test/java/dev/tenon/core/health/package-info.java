@NullMarked
package dev.tenon.core.health;

import org.jspecify.annotations.NullMarked;
