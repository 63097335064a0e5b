/** Fleet observability for two tenants: the first program to read. */
@NullMarked
package dev.tenon.examples.quickstart;

import org.jspecify.annotations.NullMarked;
