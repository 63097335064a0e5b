/** Real PostgreSQL and Redis servers for tests. */
module dev.tenon.testkit.servers {
  requires static transitive org.jspecify;
  requires transitive java.sql;
  requires java.naming;
  requires org.postgresql.jdbc;
  requires static testcontainers;

  exports dev.tenon.testkit.servers;
}
