/** What the packages of tenancy share, for Tenon only. */
@NullMarked
package dev.tenon.tenancy.internal;

import org.jspecify.annotations.NullMarked;
