/** Hypertables: time series of Java records, on TimescaleDB and on plain PostgreSQL. */
module dev.tenon.timeseries {
  requires static transitive org.jspecify;
  requires static org.checkerframework.checker.qual;
  requires transitive dev.tenon.core;
  requires org.postgresql.jdbc;
  requires io.github.resilience4j.core;

  exports dev.tenon.timeseries;
}
