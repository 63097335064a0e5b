package dev.tenon.core.internal;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HexFormat;
import org.jooq.Name;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * The temporary table that COPY writes into where row-level security refuses COPY, so that INSERT
 * takes the rows from there under the policies.
 *
 * <p>A function of the owner's makes it, so that the application's role needs no right to create
 * temporary tables; that it is the owner's is checked, because a role that has the right could
 * plant one. No other session can see it, and a commit or rollback empties it.
 *
 * @param function makes it, or empties it where it is there
 * @param name of the table, another for each shape of its rows
 */
public record CopyStage(Name function, String name) {

  /**
   * A stage for the table with this name.
   *
   * @param shape the columns, which the name depends on
   */
  public static CopyStage of(Name table, String shape) {
    Name last = table.unqualifiedName();
    Name suffixed = DSL.name(last.last() + "_stage");
    return new CopyStage(
        table.qualified() ? table.qualifier().append(suffixed) : suffixed,
        "tenon_stage_" + digest(render(table), shape));
  }

  /** Where COPY and INSERT find it. */
  public String table() {
    return "pg_temp." + name;
  }

  /**
   * The function, as SQL for a migration of the owner's.
   *
   * @param create creates the table, as a statement of PL/pgSQL
   */
  public String functionSql(String create) {
    return OwnerFunction.sql(
        render(function),
        "",
        """
        declare
          stage constant regclass := to_regclass('pg_temp.%1$s');
        begin
          if stage is null then
        %2$s
            grant select, insert, delete on pg_temp.%1$s to public;
          elsif not exists (
              select from pg_class c join pg_roles r on r.oid = c.relowner
               where c.oid = stage and r.rolname = current_user) then
            raise insufficient_privilege using message = 'the stage %1$s is not the owner''s';
          elsif exists (select from pg_temp.%1$s) then
            truncate pg_temp.%1$s;
          end if;
        end
        """
            .formatted(name, create.indent(4).stripTrailing()));
  }

  /** Makes it, empty, in the running transaction. */
  public boolean prepare(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select " + render(function) + "()")) {
      return statement.execute();
    }
  }

  private static String render(Name identifier) {
    return DSL.using(SQLDialect.POSTGRES).render(identifier);
  }

  private static String digest(String... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : parts) {
        digest.update(part.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
