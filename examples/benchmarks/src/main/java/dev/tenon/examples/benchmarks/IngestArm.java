package dev.tenon.examples.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.sql.Connection;
import org.postgresql.PGConnection;

/** A way of many rows into an empty table. */
enum IngestArm {

  /** From a file in the right format; no other way is as short. */
  PSQL("psql \\copy binary") {
    @Override
    void load(IngestRace race) throws IOException {
      race.psql()
          .run(
              "\\copy cpu (%s) from '%s' with (format binary)"
                  .formatted(CpuTable.COLUMNS, race.batch()));
    }
  },
  COPY_MANAGER("CopyManager, encoded") {
    @Override
    void load(IngestRace race) throws Exception {
      try (Connection connection = race.server().unbound().getConnection();
          InputStream bytes = Files.newInputStream(race.batch())) {
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn(
                "copy cpu (%s) from stdin (format binary)".formatted(CpuTable.COLUMNS),
                bytes,
                1 << 16);
      }
    }
  },
  APPEND_SHARED("Tenon append, shared") {
    @Override
    void load(IngestRace race) {
      CpuTable.SHARED.append(race.server().session(), race.fleet().stream().map(OwnedCpuUsage::of));
    }

    @Override
    String table() {
      return "cpu_shared";
    }
  },
  APPEND("Tenon append, RLS") {
    @Override
    void load(IngestRace race) {
      CpuTable.PLAIN.append(race.server().session(), race.fleet().stream());
    }
  },
  APPEND_TELLING("Tenon append, rollup") {
    @Override
    void load(IngestRace race) {
      CpuTable.TELLING.append(race.server().session(), race.fleet().stream());
    }

    @Override
    String table() {
      return "cpu_telling";
    }
  },
  WRITER("Tenon writer, single") {
    @Override
    void load(IngestRace race) throws InterruptedException {
      new WriterLoad(race).run(row -> {});
    }
  },
  PG_BULK_INSERT("PgBulkInsert 8.1") {
    @Override
    void load(IngestRace race) throws Exception {
      IngestPeers.pgBulkInsert(race.server().unbound(), race.fleet().stream());
    }
  },
  JDBC_BATCH("JDBC batch of 1,000") {
    @Override
    void load(IngestRace race) throws Exception {
      IngestPeers.jdbcBatch(race.server().unbound(), race.fleet().stream());
    }
  },
  JDBC_REWRITTEN("the same, rewritten") {
    @Override
    void load(IngestRace race) throws Exception {
      IngestPeers.jdbcBatch(race.server().rewriting(), race.fleet().stream());
    }
  },
  JOOQ_LOADER("jOOQ Loader 500 × 4") {
    @Override
    void load(IngestRace race) throws Exception {
      IngestPeers.jooqLoader(race.server().unbound(), race.fleet().stream());
    }
  };

  private final String label;

  IngestArm(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  /** Loads all rows of the fleet, and waits until they are committed. */
  abstract void load(IngestRace race) throws Exception;

  /** Where they are then. */
  String table() {
    return "cpu";
  }
}
