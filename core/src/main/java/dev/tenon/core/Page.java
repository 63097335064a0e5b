package dev.tenon.core;

import java.util.List;
import java.util.Optional;

/**
 * Some rows, and where the next ones begin.
 *
 * @param rows in the order asked for
 * @param next an opaque cursor for {@link PageRequest#after}; empty on the last page. It encodes
 *     the sort values of the last row and is not secret; a changed one is refused or addresses
 *     another place in the caller's own rows
 */
public record Page<T>(List<T> rows, Optional<String> next) {

  public Page {
    rows = List.copyOf(rows);
  }
}
