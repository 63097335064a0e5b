package dev.tenon.testkit.servers;

import dev.tenon.testkit.servers.internal.bundle.Bundle;
import dev.tenon.testkit.servers.internal.process.RunDirectory;
import dev.tenon.testkit.servers.internal.process.SupervisedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** PostgreSQL out of the bundle, on a free port of 127.0.0.1. */
final class EmbeddedPostgres {
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
      "$TENON_POSTGRES" --single -D "$PWD" -c shared_preload_libraries= -c synchronous_standby_names= postgres <../password.sql >/dev/null
      rm ../password.sql
      """;
  private static final String COPY =
      """
      set -e
      if [ ! -d data ]; then
        rm -rf data.draft
        "$TENON_BASEBACKUP" --pgdata=data.draft --write-recovery-conf --wal-method=stream --checkpoint=fast --no-sync
        mv data.draft data
      fi
      cp postgresql.conf pg_hba.conf data/
      rm -f zoneinfo
      ln -s "$TENON_ZONES" zoneinfo
      """;
  private static final String ACCESS =
      """
      host all all 127.0.0.1/32 scram-sha-256
      host replication all 127.0.0.1/32 scram-sha-256
      """;

  /** A standby accepts connections that read. */
  private static final Set<String> READY = Set.of("ready", "standby");

  private EmbeddedPostgres() {}

  static PostgresBackend start(PostgresOptions options) throws IOException {
    Credentials superuser = new Credentials("postgres", Secrets.random());
    return started(
        superuser,
        place -> {
          RunDirectory directory = directory(options, place);
          directory.write("prepare.sh", PREPARE);
          directory.write(
              "password.sql", "alter role postgres password '" + superuser.password() + "'\n");
          Path cluster = EmbeddedCluster.in(place.cache(), place.bundle(), place.user());
          return launch(
              options,
              place,
              directory,
              Map.of(
                  "TENON_CLUSTER", cluster.toString(),
                  "TENON_POSTGRES", place.bundle().program("postgres").toString()));
        });
  }

  /** A copy of the server that listens there, which it then follows. */
  static PostgresBackend startStandby(
      PostgresOptions options, String host, int port, Credentials superuser) throws IOException {
    return started(
        superuser,
        place -> {
          RunDirectory directory = directory(options, place);
          directory.write("prepare.sh", COPY);
          return launch(
              options,
              place,
              directory,
              Map.of(
                  "TENON_BASEBACKUP", place.bundle().program("pg_basebackup").toString(),
                  "PGHOST", host,
                  "PGPORT", Integer.toString(port),
                  "PGUSER", superuser.user(),
                  "PGPASSWORD", superuser.password()));
        });
  }

  private static PostgresBackend started(
      Credentials superuser, EmbeddedServer.Preparation preparation) throws IOException {
    EmbeddedServer server = EmbeddedServer.start("PostgreSQL 17", preparation);
    return new PostgresBackend(server, Map.of(), superuser, server.program("psql"));
  }

  private static RunDirectory directory(PostgresOptions options, EmbeddedServer.Place place)
      throws IOException {
    return options.directory().isPresent()
        ? RunDirectory.at(options.directory().get(), place.user())
        : RunDirectory.create(place.user(), "tenon-postgres-");
  }

  private static SupervisedServer.Launch launch(
      PostgresOptions options,
      EmbeddedServer.Place place,
      RunDirectory directory,
      Map<String, String> preparation)
      throws IOException {
    Bundle bundle = place.bundle();
    directory.write("pg_hba.conf", ACCESS);
    directory.write("postgresql.conf", configuration(options, place.port(), directory.memory()));
    Map<String, String> environment = new HashMap<>(EmbeddedCluster.userNames(directory));
    environment.remove("TENON_PRELOAD");
    environment.put("TENON_ZONES", bundle.root().resolve("usr/share/zoneinfo").toString());
    environment.putAll(preparation);
    Path data = directory.path().resolve("data");
    return new SupervisedServer.Launch(
        bundle,
        directory,
        List.of(bundle.program("postgres").toString(), "-D", data.toString()),
        environment,
        options.directory().isPresent() ? "INT" : "QUIT",
        options.directory().isPresent(),
        process -> ready(data.resolve("postmaster.pid"), process));
  }

  /** The server's own note: its process on the first line, its state on the eighth. */
  private static boolean ready(Path note, long process) throws IOException {
    if (!Files.isReadable(note)) {
      return false;
    }
    List<String> lines = Files.readString(note).lines().toList();
    return lines.size() > 7
        && lines.get(0).strip().equals(Long.toString(process))
        && READY.contains(lines.get(7).strip());
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
}
