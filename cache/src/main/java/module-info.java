/** A two-level cache: Caffeine in the process, Redis between processes. */
module dev.tenon.cache {
  requires static transitive org.jspecify;
  requires transitive dev.tenon.core;
  requires com.github.benmanes.caffeine;
  requires lettuce.core;
  requires io.github.resilience4j.circuitbreaker;
  requires io.github.resilience4j.core;
  requires com.fasterxml.jackson.databind;
  requires com.fasterxml.jackson.datatype.jdk8;
  requires com.fasterxml.jackson.datatype.jsr310;
  requires static com.fasterxml.jackson.dataformat.cbor;
  requires static micrometer.core;
  requires org.postgresql.jdbc;
  requires org.slf4j;

  exports dev.tenon.cache;
  exports dev.tenon.cache.ephemeral;
}
