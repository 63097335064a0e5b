@NullMarked
package dev.tenon.core;

import org.jspecify.annotations.NullMarked;
