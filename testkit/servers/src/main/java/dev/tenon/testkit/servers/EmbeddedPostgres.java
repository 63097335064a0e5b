package dev.tenon.testkit.servers;

import dev.tenon.testkit.servers.internal.bundle.Bundle;
import dev.tenon.testkit.servers.internal.bundle.CacheDirectory;
import dev.tenon.testkit.servers.internal.process.FreePort;
import dev.tenon.testkit.servers.internal.process.RunDirectory;
import dev.tenon.testkit.servers.internal.process.ServerUser;
import dev.tenon.testkit.servers.internal.process.SupervisedServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** PostgreSQL out of the bundle, on a free port of 127.0.0.1. */
final class EmbeddedPostgres implements PostgresBackend {
  private static final int ATTEMPTS = 5;
  private static final String PREPARE =
      """
      set -e
      if [ ! -d data ]; then
        rm -rf data.draft
        cp -R "$TENON_CLUSTER" data.draft
        mv data.draft data
      fi
      cp postgresql.conf pg_hba.conf data/
      rm -f zoneinfo
      ln -s "$TENON_ZONES" zoneinfo
      cd data
      TENON_PRELOAD=libnss_wrapper.so
      export TENON_PRELOAD
      "$TENON_POSTGRES" --single -D "$PWD" -c shared_preload_libraries= postgres <../password.sql >/dev/null
      rm ../password.sql
      """;
  private static final String ACCESS =
      """
      host all all 127.0.0.1/32 scram-sha-256
      host replication all 127.0.0.1/32 scram-sha-256
      """;

  private final Bundle bundle;
  private final SupervisedServer server;
  private final int port;
  private final Credentials superuser;

  private EmbeddedPostgres(
      Bundle bundle, SupervisedServer server, int port, Credentials superuser) {
    this.bundle = bundle;
    this.server = server;
    this.port = port;
    this.superuser = superuser;
  }

  static EmbeddedPostgres start(PostgresOptions options) throws IOException {
    Path cache = CacheDirectory.locate();
    Bundle bundle = Bundle.unpackedIn(cache);
    ServerUser user = ServerUser.choose();
    Path cluster = EmbeddedCluster.in(cache, bundle, user);
    for (int attempt = 1; ; attempt++) {
      try {
        return start(options, bundle, user, cluster);
      } catch (IOException e) {
        // Between picking a port and listening on it, somebody else may have taken it.
        if (attempt == ATTEMPTS || !String.valueOf(e.getMessage()).contains("could not bind")) {
          throw e;
        }
      }
    }
  }

  private static EmbeddedPostgres start(
      PostgresOptions options, Bundle bundle, ServerUser user, Path cluster) throws IOException {
    RunDirectory directory =
        options.directory().isPresent()
            ? RunDirectory.at(options.directory().get(), user)
            : RunDirectory.create(user, "tenon-postgres-");
    int port = FreePort.pick();
    Credentials superuser = new Credentials("postgres", Secrets.random());
    directory.write("prepare.sh", PREPARE);
    directory.write("pg_hba.conf", ACCESS);
    directory.write("postgresql.conf", configuration(options, port, directory.memory()));
    directory.write(
        "password.sql", "alter role postgres password '" + superuser.password() + "'\n");
    Map<String, String> environment = new HashMap<>(EmbeddedCluster.userNames(directory));
    environment.remove("TENON_PRELOAD");
    environment.put("TENON_CLUSTER", cluster.toString());
    environment.put("TENON_ZONES", bundle.root().resolve("usr/share/zoneinfo").toString());
    environment.put("TENON_POSTGRES", bundle.program("postgres").toString());
    Path data = directory.path().resolve("data");
    SupervisedServer server =
        SupervisedServer.start(
            new SupervisedServer.Launch(
                bundle,
                directory,
                List.of(bundle.program("postgres").toString(), "-D", data.toString()),
                environment,
                options.directory().isPresent() ? "INT" : "QUIT",
                options.directory().isPresent(),
                process -> ready(data.resolve("postmaster.pid"), process)));
    return new EmbeddedPostgres(bundle, server, port, superuser);
  }

  /** The server's own note: its process on the first line, its state on the eighth. */
  private static boolean ready(Path note, long process) throws IOException {
    if (!Files.isReadable(note)) {
      return false;
    }
    List<String> lines = Files.readString(note).lines().toList();
    return lines.size() > 7
        && lines.get(0).strip().equals(Long.toString(process))
        && lines.get(7).strip().equals("ready");
  }

  private static String configuration(PostgresOptions options, int port, boolean memory) {
    Map<String, String> settings = new LinkedHashMap<>();
    String synced = options.durable() ? "on" : "off";
    settings.put("fsync", synced);
    settings.put("full_page_writes", synced);
    settings.put("synchronous_commit", synced);
    settings.put("listen_addresses", "127.0.0.1");
    settings.put("port", Integer.toString(port));
    settings.put("unix_socket_directories", "");
    settings.put("max_connections", "300");
    settings.put("max_locks_per_transaction", "256");
    settings.put("dynamic_shared_memory_type", memory ? "mmap" : "posix");
    settings.put("jit", "off");
    settings.put("scram_iterations", "1");
    settings.put("shared_preload_libraries", "timescaledb,pg_cron");
    settings.put("timescaledb.telemetry_level", "off");
    settings.put("timescaledb.max_background_workers", options.backgroundJobs() ? "8" : "0");
    settings.put("max_worker_processes", options.backgroundJobs() ? "24" : "8");
    settings.put("cron.database_name", "postgres");
    settings.put("cron.use_background_workers", "on");
    settings.put("timezone", "UTC");
    settings.put("log_timezone", "UTC");
    settings.put("log_checkpoints", "off");
    settings.put("log_line_prefix", "%m [%p] %q%u@%d ");
    settings.putAll(options.settings());
    return settings.entrySet().stream()
        .map(setting -> setting.getKey() + " = '" + setting.getValue().replace("'", "''") + "'\n")
        .collect(Collectors.joining());
  }

  @Override
  public String description() {
    return "PostgreSQL 17 of the bundle on 127.0.0.1:" + port;
  }

  @Override
  public String host() {
    return "127.0.0.1";
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public Map<String, String> parameters() {
    return Map.of();
  }

  @Override
  public Credentials superuser() {
    return superuser;
  }

  @Override
  public String psqlProgram() {
    return bundle.program("psql").toString();
  }

  @Override
  public void kill9() {
    server.kill9();
  }

  @Override
  public void restart() {
    try {
      server.restart();
    } catch (IOException e) {
      throw new TestServerException("the server did not start again: " + e.getMessage(), e);
    }
  }

  @Override
  public String log() {
    try {
      return server.directory().log();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
