package dev.tenon.examples.benchmarks;

import java.sql.SQLException;

/**
 * A benchmark each call of which speaks to PostgreSQL on one thread, so that one can count how
 * often.
 */
interface CountedBenchmark {

  void open(Coordinates coordinates) throws SQLException;

  void close();
}
