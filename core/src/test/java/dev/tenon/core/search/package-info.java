@NullMarked
package dev.tenon.core.search;

import org.jspecify.annotations.NullMarked;
