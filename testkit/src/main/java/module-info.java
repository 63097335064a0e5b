/** Tests on real servers: one isolated, migrated database each. */
module dev.tenon.testkit {
  requires static transitive org.jspecify;
  requires transitive dev.tenon.core;
  requires transitive dev.tenon.tenancy;
  requires transitive dev.tenon.testkit.servers;
  requires transitive org.assertj.core;
  requires com.fasterxml.jackson.databind;
  requires com.zaxxer.hikari;
  requires org.postgresql.jdbc;
  requires static transitive org.junit.jupiter.api;

  exports dev.tenon.testkit;
  exports dev.tenon.testkit.isolation;
}
