/**
 * What the catalogue says about isolation: {@link dev.tenon.tenancy.audit.TenancyAudit} finds the
 * holes of a schema, each with the SQL that mends it.
 */
@NullMarked
package dev.tenon.tenancy.audit;

import org.jspecify.annotations.NullMarked;
