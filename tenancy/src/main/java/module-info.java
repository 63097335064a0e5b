/** Who owns a row: tenant sessions, row-level security, the role guard. */
module dev.tenon.tenancy {
  requires static transitive org.jspecify;
  requires transitive dev.tenon.core;
  requires org.slf4j;

  exports dev.tenon.tenancy;
}
