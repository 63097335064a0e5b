package dev.tenon.testkit;

import dev.tenon.core.Migrations;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Gives each test of a class a real, migrated database of its own.
 *
 * <h2>Creation</h2>
 *
 * <p>The first test of a JVM finds or starts a server. The database of a test is a copy of a
 * template that the {@link #schema} filled once, made when a parameter of the test asks for it:
 * {@code TestDatabase}, or what is opened on it as the application role, {@code Database} and
 * {@code TenantDatabase}. {@code TestRedis} gives a Redis database of its own. All parameters of
 * one test share one database. A test that asks for a {@code FaultProxy} or a {@code QueryLog} has
 * its {@code Database} by way of that network.
 *
 * <h2>Scope</h2>
 *
 * <p>One test, its {@code @BeforeEach} and {@code @AfterEach} methods included. Nobody else sees
 * the database, so tests run in parallel: the annotation asks JUnit for that, which does it where
 * {@code junit.jupiter.execution.parallel.enabled} is true.
 *
 * <h2>Cleanup</h2>
 *
 * <p>The pools are closed and the database is dropped in the background. A test that failed keeps
 * it and prints the {@code psql} line that opens it, for as long as its server runs. A test that
 * leaves something behind on the database's connections fails, after its {@code @AfterEach}
 * methods.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(TenonExtension.class)
@Execution(ExecutionMode.CONCURRENT)
public @interface TenonTest {

  /** What is in the database; nothing by default. */
  Class<? extends TestSchema> schema() default Empty.class;

  /**
   * Whether TimescaleDB's background jobs run; they do not by default, because each database would
   * start a scheduler. With jobs the test runs on a second server that this JVM starts for such
   * tests.
   */
  boolean backgroundJobs() default false;

  /**
   * Why tests of this class may leave sessions, open transactions, advisory locks, temporary tables
   * or session settings behind; blank by default, and then such a test fails.
   */
  String leaksAllowedBecause() default "";

  /** A database without tables. */
  final class Empty implements TestSchema {

    private Empty() {}

    @Override
    public List<Migrations> migrations() {
      return List.of();
    }
  }
}
