package dev.tenon.testkit.servers;

import dev.tenon.testkit.servers.internal.bundle.Bundle;
import dev.tenon.testkit.servers.internal.bundle.FileMutex;
import dev.tenon.testkit.servers.internal.bundle.FileTrees;
import dev.tenon.testkit.servers.internal.process.Commands;
import dev.tenon.testkit.servers.internal.process.RunDirectory;
import dev.tenon.testkit.servers.internal.process.ServerUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/** An initialised data directory, made once per cache and copied for every server. */
final class EmbeddedCluster {
  private static final String FORMAT = "1";

  private EmbeddedCluster() {}

  static Path in(Path cache, Bundle bundle, ServerUser user) throws IOException {
    Path clusters = cache.resolve("clusters");
    FileTrees.createDirectories(clusters);
    Path cluster = clusters.resolve(bundle.digest().substring(0, 16) + "-" + FORMAT);
    if (!Files.isDirectory(cluster)) {
      FileMutex.holding(
          clusters.resolve(cluster.getFileName() + ".lock"),
          () -> Files.isDirectory(cluster) ? cluster : initialise(cluster, bundle, user));
    }
    return cluster;
  }

  private static Path initialise(Path cluster, Bundle bundle, ServerUser user) throws IOException {
    RunDirectory directory = RunDirectory.create(user, "tenon-initdb-");
    Path draft = cluster.resolveSibling(cluster.getFileName() + ".draft");
    try {
      Commands.run(
          bundle,
          directory,
          List.of(
              bundle.program("initdb").toString(),
              "--pgdata=" + directory.path().resolve("data"),
              "--username=postgres",
              "--auth=scram-sha-256",
              "--pwfile=" + firstPassword(directory),
              "--encoding=UTF8",
              "--locale=C.UTF-8",
              "--locale-provider=builtin",
              "--builtin-locale=C.UTF-8",
              "--no-sync",
              "--no-instructions"),
          userNames(directory));
      FileTrees.remove(draft);
      FileTrees.copy(directory.path().resolve("data"), draft);
      return Files.move(draft, cluster, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      FileTrees.remove(directory.path());
    }
  }

  /** Replaced before any server listens. */
  private static Path firstPassword(RunDirectory directory) throws IOException {
    directory.write("password", Secrets.random());
    return directory.path().resolve("password");
  }

  /** PostgreSQL insists that its user has a name; in a container it often has none. */
  static Map<String, String> userNames(RunDirectory directory) throws IOException {
    String number = Integer.toString(directory.user().number());
    directory.write("passwd", "postgres:x:" + number + ":" + number + "::/:/bin/sh\n");
    directory.write("group", "postgres:x:" + number + ":\n");
    return Map.of(
        "TENON_PRELOAD", "libnss_wrapper.so",
        "NSS_WRAPPER_PASSWD", directory.path().resolve("passwd").toString(),
        "NSS_WRAPPER_GROUP", directory.path().resolve("group").toString());
  }
}
