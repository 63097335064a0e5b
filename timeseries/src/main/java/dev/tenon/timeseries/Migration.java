package dev.tenon.timeseries;

/** The script that creates a hypertable with all that an append needs. */
final class Migration {

  private Migration() {}

  static String sql(Hypertable<?> hypertable, Dialect dialect) {
    return """
    -- Hypertable %1$s: chunks of %2$s, aligned to 2000-01-03 UTC or to the server's own origin.
    -- The chunks lie in a schema that applications may not use: rights on the table reach its
    -- chunks, its policies do not.
    create schema if not exists %3$s;

    """
            .formatted(
                hypertable.quotedTable().replaceAll("\\R", " "),
                hypertable.chunkInterval(),
                Hypertable.quote(hypertable.chunkSchema()))
        + dialect.tableSql(hypertable)
        + "\n"
        + stageFunction(hypertable);
  }

  /**
   * COPY is refused on tables with row-level security, so rows go through a stage from where INSERT
   * takes them under the policies.
   *
   * <p>The owner makes the stage, so that the application's role needs no right to create temporary
   * tables; that it is the owner's is checked, because a role that has the right could plant one.
   * No other session can see it, and a commit or rollback empties it.
   */
  private static String stageFunction(Hypertable<?> hypertable) {
    String stage = hypertable.stage();
    return ownerFunction(
        Hypertable.quote(hypertable.stageFunction()),
        "",
        """
        declare
          stage constant regclass := to_regclass('pg_temp.%1$s');
        begin
          if stage is null then
            create temporary table %1$s (
              %2$s
            ) on commit delete rows;
            grant select, insert on pg_temp.%1$s to public;
          elsif not exists (
              select from pg_class c join pg_roles r on r.oid = c.relowner
               where c.oid = stage and r.rolname = current_user) then
            raise insufficient_privilege using message = 'the stage %1$s is not the owner''s';
          elsif exists (select from pg_temp.%1$s) then
            truncate pg_temp.%1$s;
          end if;
        end
        """
            .formatted(stage, hypertable.columnDefinitions("")));
  }

  /**
   * A function that runs with its owner's rights, finds nothing but what it names, and writes dates
   * in one way whatever the caller's settings.
   */
  static String ownerFunction(String name, String parameters, String body) {
    String quote = "$tenon$";
    for (int i = 0; body.contains(quote) || name.contains(quote); i++) {
      quote = "$tenon" + i + "$";
    }
    return "create function %1$s(%2$s) returns void\n".formatted(name, parameters)
        + "language plpgsql security definer set search_path = pg_catalog, pg_temp\n"
        + "set datestyle = 'ISO' set timezone = 'UTC'\n"
        + "as "
        + quote
        + "\n"
        + body
        + quote
        + ";\n";
  }
}
