/**
 * The proof that tenants are isolated, on the schema of the application: {@link
 * dev.tenon.testkit.isolation.IsolationProof}.
 */
@NullMarked
package dev.tenon.testkit.isolation;

import org.jspecify.annotations.NullMarked;
