package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import javax.sql.DataSource;

/** Tenon and what it is compared with. */
enum Peer {
  TENON,
  JDBC,
  JDBC_UNNEST,
  JDBC_COPY,
  JDBC_COPY_BINARY,
  JOOQ,
  EBEAN,
  HIBERNATE,
  HIBERNATE_STATELESS,
  SPRING_DATA,
  JDBI;

  PeerHosts<?> open(Database database) {
    DataSource pool = database.unwrap(DataSource.class);
    return switch (this) {
      case TENON -> new TenonHosts(database);
      case JDBC -> new JdbcHosts(pool, JdbcLoad::batch);
      case JDBC_UNNEST -> new JdbcHosts(pool, JdbcLoad::unnest);
      case JDBC_COPY -> new JdbcHosts(pool, JdbcLoad::copy);
      case JDBC_COPY_BINARY -> new JdbcHosts(pool, JdbcLoad::copyBinary);
      case JOOQ -> new JooqHosts(pool);
      case EBEAN -> new EbeanHosts(pool);
      case HIBERNATE -> new HibernateHosts.Stateful(pool);
      case HIBERNATE_STATELESS -> new HibernateHosts.Stateless(pool);
      case SPRING_DATA -> new SpringDataHosts(pool);
      case JDBI -> new JdbiHosts(pool);
    };
  }
}
