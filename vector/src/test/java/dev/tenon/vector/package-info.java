@NullMarked
package dev.tenon.vector;

import org.jspecify.annotations.NullMarked;
