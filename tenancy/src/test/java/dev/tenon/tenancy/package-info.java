@NullMarked
package dev.tenon.tenancy;

import org.jspecify.annotations.NullMarked;
