@NullMarked
package dev.tenon.core.outbox;

import org.jspecify.annotations.NullMarked;
