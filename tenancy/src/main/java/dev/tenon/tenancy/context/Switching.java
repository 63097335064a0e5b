package dev.tenon.tenancy.context;

import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One unit of work has one tenant. */
final class Switching {

  private Switching() {}

  /** Work of no tenant switches nothing: what it does the database refuses. */
  static void refuse(Optional<TenantId> bound, @Nullable TenantId wanted) {
    if (wanted != null && bound.isPresent() && !bound.get().equals(wanted)) {
      throw new UsageException(
          Problem.what("tenant " + wanted + " was to be bound inside the work of " + bound.get())
              .where("TenantContext")
              .why("work that began for one tenant would go on for another")
              .fix("end the first work, or hand the second to a thread of its own"));
    }
  }
}
