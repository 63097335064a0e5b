package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Runs scripts that are held in memory through Flyway. */
public final class FlywayScripts {

  private static final String SCHEMA = "tenon";
  private static final String MISSING_RIGHT = "42501";
  private static final String UNKNOWN_FUNCTION = "42883";
  private static final String EXTENSION_ROUTINE = "execute_extension_script";

  private FlywayScripts() {}

  public static void apply(String name, Map<String, String> scripts, DataSource dataSource) {
    Flyway flyway =
        Flyway.configure()
            .dataSource(dataSource)
            .defaultSchema(SCHEMA)
            .createSchemas(true)
            .table(name + "_history")
            .baselineOnMigrate(true)
            .baselineVersion("0")
            .resourceProvider(new Scripts(scripts))
            .callbacks(new OwnSearchPath())
            .placeholderReplacement(false)
            .load();
    try {
      flyway.migrate();
    } catch (FlywayException error) {
      throw new ServerException(
          explained(error, dataSource).where("migrations '" + name + "'"), error);
    }
  }

  private static Problem explained(FlywayException error, DataSource dataSource) {
    Problem problem = Problem.what("a migration failed: " + error.getMessage());
    if (error instanceof FlywayValidateException) {
      return problem
          .why("a script that has run was changed, removed or overtaken since")
          .fix("restore the script as it ran, and put the change into a new one");
    }
    PSQLException refusal = refusal(error);
    String state = refusal == null ? "" : String.valueOf(refusal.getSQLState());
    if (refusal != null && state.equals(SqlStates.UNFIT_TABLE)) {
      return SqlStates.explained(
          refusal, Problem.what("a migration failed: " + SqlStates.summary(refusal)));
    }
    if (state.equals(MISSING_RIGHT)) {
      return isOfExtension(refusal)
          ? problem
              .why("the extension is missing, and only a superuser may create it")
              .fix("create the extension as a superuser in this database, then migrate again")
          : problem
              .why("the role that migrates does not own the schema or may not create in it")
              .fix("migrate as the owner of the schema; applications run as another role");
    }
    if (state.equals(UNKNOWN_FUNCTION) && lacksTenancy(dataSource)) {
      return problem
          .why("a function does not exist, and TenancyMigrations, which bring some, did not run")
          .fix("migrate(TenancyMigrations.all(), …) with tenancy's set first");
    }
    return problem
        .why("the server refused a script")
        .fix("correct the script; what it did in part has been rolled back");
  }

  private static @Nullable PSQLException refusal(FlywayException error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof PSQLException refusal) {
        return refusal;
      }
    }
    return null;
  }

  /** The server names the routine that refused; its text may be in any language. */
  private static boolean isOfExtension(@Nullable PSQLException refusal) {
    ServerErrorMessage server = refusal == null ? null : refusal.getServerErrorMessage();
    return server != null && EXTENSION_ROUTINE.equals(server.getRoutine());
  }

  private static boolean lacksTenancy(DataSource dataSource) {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet answer =
            statement.executeQuery("select to_regprocedure('tenon.current_tenant()') is null")) {
      return answer.next() && answer.getBoolean(1);
    } catch (SQLException unknown) {
      return false;
    }
  }

  public static String fingerprint(String name, Map<String, String> scripts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(name.getBytes(StandardCharsets.UTF_8));
      scripts.forEach(
          (file, sql) -> {
            digest.update((byte) 0);
            digest.update(file.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            digest.update(sql.getBytes(StandardCharsets.UTF_8));
          });
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Gives each script the search path of its role back. Flyway puts the schema of its history in
   * front, where a table without a schema would land unseen by the application.
   */
  private static final class OwnSearchPath implements Callback {

    @Override
    public boolean supports(Event event, @Nullable Context context) {
      return event == Event.BEFORE_EACH_MIGRATE;
    }

    @Override
    public boolean canHandleInTransaction(Event event, @Nullable Context context) {
      return true;
    }

    @Override
    public void handle(Event event, Context context) {
      try (Statement statement = context.getConnection().createStatement()) {
        statement.execute("reset search_path");
      } catch (SQLException error) {
        throw new FlywayException("the search path could not be reset", error);
      }
    }

    @Override
    public String getCallbackName() {
      return "own search path";
    }
  }

  private record Scripts(Map<String, String> byName) implements ResourceProvider {

    @Override
    public @Nullable LoadableResource getResource(String name) {
      String sql = byName.get(name);
      return sql == null ? null : new Script(name, sql);
    }

    @Override
    public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
      return byName.entrySet().stream()
          .filter(script -> script.getKey().startsWith(prefix))
          .filter(script -> Arrays.stream(suffixes).anyMatch(script.getKey()::endsWith))
          .map(script -> (LoadableResource) new Script(script.getKey(), script.getValue()))
          .toList();
    }
  }

  private static final class Script extends LoadableResource {

    private final String name;
    private final String sql;

    Script(String name, String sql) {
      this.name = name;
      this.sql = sql;
    }

    @Override
    public Reader read() {
      return new StringReader(sql);
    }

    @Override
    public String getAbsolutePath() {
      return name;
    }

    @Override
    public String getAbsolutePathOnDisk() {
      return name;
    }

    @Override
    public String getFilename() {
      return name;
    }

    @Override
    public String getRelativePath() {
      return name;
    }
  }
}
