/**
 * The PostgreSQL door of Tenon: database, session, repository, migrations, graph, search and
 * outbox.
 */
module dev.tenon.core {
  requires static transitive org.jspecify;
  requires transitive java.sql;
  requires transitive org.jooq;
  requires java.naming;
  requires java.xml;
  requires org.postgresql.jdbc;
  requires com.zaxxer.hikari;
  requires flyway.core;
  requires com.github.f4b6a3.uuid;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires com.fasterxml.jackson.datatype.jsr310;
  requires io.github.resilience4j.core;
  requires io.github.resilience4j.retry;
  requires org.slf4j;
  requires static com.github.kagkarlsson.scheduler;
  requires static jakarta.xml.bind;
  requires static micrometer.core;
  requires static pg.index.health.core;
  requires static pg.index.health.jdbc.connection;
  requires static pg.index.health.model;

  exports dev.tenon.core;
  exports dev.tenon.core.graph;
  exports dev.tenon.core.health;
  exports dev.tenon.core.outbox;
  exports dev.tenon.core.search;
  exports dev.tenon.core.internal to
      dev.tenon.tenancy,
      dev.tenon.timeseries,
      dev.tenon.vector,
      dev.tenon.cache;
}
