/**
 * The life of a tenant: {@link dev.tenon.tenancy.lifecycle.TenantRegistry} creates, suspends and
 * renames, {@link dev.tenon.tenancy.lifecycle.TenantArchive} exports and imports, {@link
 * dev.tenon.tenancy.lifecycle.TenantErasure} erases and proves it. All of it works across tenants,
 * through an {@link dev.tenon.tenancy.AdminDatabase}, and can be run again after an interruption.
 */
@NullMarked
package dev.tenon.tenancy.lifecycle;

import org.jspecify.annotations.NullMarked;
