/** Events that are written with the work they tell of, and delivered in order afterwards. */
@NullMarked
package dev.tenon.core.outbox;

import org.jspecify.annotations.NullMarked;
