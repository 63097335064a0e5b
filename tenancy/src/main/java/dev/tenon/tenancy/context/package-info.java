/**
 * The tenant of the calling code, for frameworks that cannot pass a session along: {@link
 * dev.tenon.tenancy.context.TenantContext}. Nothing else in Tenon looks here.
 */
@NullMarked
package dev.tenon.tenancy.context;

import org.jspecify.annotations.NullMarked;
