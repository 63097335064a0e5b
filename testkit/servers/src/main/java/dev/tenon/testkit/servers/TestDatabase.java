package dev.tenon.testkit.servers;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;

/**
 * A database of one test, with its roles.
 *
 * <p><b>Creation:</b> a copy of a template, mostly from a warm pool. <b>Scope:</b> whoever asked
 * for it; nobody else knows its name. <b>Cleanup:</b> {@link #close()} has it dropped in the
 * background, unless {@link #keep()} was called. Safe for use by several threads.
 */
public final class TestDatabase implements AutoCloseable {
  private final PostgresServer server;
  private final ServerDatabases databases;
  private final String name;
  private final Credentials owner;
  private final Credentials application;
  private final List<String> roles = new CopyOnWriteArrayList<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean kept;

  TestDatabase(
      PostgresServer server,
      ServerDatabases databases,
      String name,
      Credentials owner,
      Credentials application) {
    this.server = server;
    this.databases = databases;
    this.name = name;
    this.owner = owner;
    this.application = application;
  }

  /** A fresh copy of {@code template} on the server that the tests of this JVM share. */
  public static TestDatabase create(DatabaseTemplate template) {
    return PostgresServer.shared().database(template);
  }

  /** The name of the database. */
  public String name() {
    return name;
  }

  /** The server that it is on. */
  public PostgresServer server() {
    return server;
  }

  /** The JDBC URL, without credentials. */
  public String url() {
    return server.jdbcUrl(name);
  }

  /** Owns the database and what the migrations make in it; not a superuser. */
  public Credentials owner() {
    return owner;
  }

  /**
   * What an application should connect as: may read and write the owner's tables in {@code public}
   * and use its sequences; owns nothing, creates nothing, temporary tables included, and bypasses
   * nothing.
   */
  public Credentials application() {
    return application;
  }

  /** What {@link PostgresServer#superuser()} is. */
  public Credentials superuser() {
    return server.superuser();
  }

  /** Connections as {@code credentials}; a new one for each request, no pool. */
  public DataSource dataSource(Credentials credentials) {
    return server.dataSource(name, credentials);
  }

  /**
   * Makes a role with a password that may connect to this database.
   *
   * @param label part of its name, which no other test uses
   * @param options as in {@code CREATE ROLE}, for example {@code BYPASSRLS}; they are not escaped
   */
  public Credentials createRole(String label, String... options) {
    Credentials role = databases.createRole(this, label, List.of(options));
    roles.add(role.user());
    return role;
  }

  /** Who is connected to this database now, in the order of their process numbers. */
  public List<OpenSession> openSessions() {
    return databases.openSessions(name);
  }

  /** The shell line that opens this database as the superuser. */
  public String psql() {
    return server.psql(name);
  }

  /** Makes {@link #close()} leave the database where it is, for a look at it. */
  public void keep() {
    kept = true;
    databases.keep(name);
  }

  /** Gives the database back; it is dropped, and its extra roles with it, on another thread. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true) && !kept) {
      databases.discard(name, List.copyOf(roles));
    }
  }

  @Override
  public String toString() {
    return "TestDatabase[" + url() + "]";
  }
}
