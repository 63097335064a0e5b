@NullMarked
package dev.tenon.tenancy.audit;

import org.jspecify.annotations.NullMarked;
