/**
 * Who owns a row: {@link dev.tenon.tenancy.TenantDatabase} gives a session for each tenant, {@link
 * dev.tenon.tenancy.TenantTable} emits the policies that the database enforces.
 */
@NullMarked
package dev.tenon.tenancy;

import org.jspecify.annotations.NullMarked;
