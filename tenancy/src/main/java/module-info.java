/** Who owns a row: tenant sessions, row-level security, the role guard. */
module dev.tenon.tenancy {
  requires static transitive org.jspecify;
  requires transitive dev.tenon.core;
  requires com.github.benmanes.caffeine;
  requires io.github.resilience4j.bulkhead;
  requires io.github.resilience4j.ratelimiter;
  requires com.fasterxml.jackson.databind;
  requires org.postgresql.jdbc;
  requires org.slf4j;

  exports dev.tenon.tenancy;
  exports dev.tenon.tenancy.audit;
  exports dev.tenon.tenancy.context;
  exports dev.tenon.tenancy.lifecycle;
  exports dev.tenon.tenancy.internal to
      dev.tenon.testkit;
}
