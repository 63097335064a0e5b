@NullMarked
package dev.tenon.timeseries;

import org.jspecify.annotations.NullMarked;
