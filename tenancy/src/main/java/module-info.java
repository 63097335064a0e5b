/** Who owns a row: tenant sessions, row-level security, the role guard. */
module dev.tenon.tenancy {
  requires static transitive org.jspecify;
  requires transitive dev.tenon.core;

  exports dev.tenon.tenancy;
}
