/** What the modules of Tenon share and users never see; exported to those modules only. */
@NullMarked
package dev.tenon.core.internal;

import org.jspecify.annotations.NullMarked;
