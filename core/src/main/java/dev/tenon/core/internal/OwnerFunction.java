package dev.tenon.core.internal;

/** A function that runs with its owner's rights, as SQL for a migration. */
public final class OwnerFunction {

  private OwnerFunction() {}

  /**
   * A function in PL/pgSQL that finds nothing but what it names, and writes dates in one way
   * whatever the caller's settings.
   *
   * <p>The body begins with its own digest, for whoever reads it; the audit of tenancy goes by the
   * whole text, so one that is changed here is changed there too.
   *
   * @param name quoted
   */
  public static String sql(String name, String parameters, String body) {
    String quote = DollarQuote.around(name + body);
    return "create function %1$s(%2$s) returns void\n".formatted(name, parameters)
        + "language plpgsql security definer set search_path = pg_catalog, pg_temp\n"
        + "set datestyle = 'ISO' set timezone = 'UTC'\n"
        + "as "
        + quote
        + "\n-- Emitted by Tenon, "
        + Sha256.hex(body)
        + "\n"
        + body
        + quote
        + ";\n";
  }
}
