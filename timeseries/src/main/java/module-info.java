/** Hypertables: time series of Java records, on TimescaleDB and on plain PostgreSQL. */
module dev.tenon.timeseries {
  requires static transitive org.jspecify;
  requires static org.checkerframework.checker.qual;
  requires transitive dev.tenon.core;
  requires org.postgresql.jdbc;
  requires static com.github.kagkarlsson.scheduler;

  exports dev.tenon.timeseries;
}
