package dev.tenon.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TestDatabaseTest {
  private static final AtomicInteger PREPARED = new AtomicInteger();
  private static final DatabaseTemplate NOTES =
      DatabaseTemplate.of(
          "notes",
          "1",
          database -> {
            PREPARED.incrementAndGet();
            Sql.run(
                database.dataSource(database.owner()),
                "create table note (id bigint generated always as identity, body text)",
                "insert into note (body) values ('from the template')");
          });

  @Test
  void is_a_copy_of_its_template() throws SQLException {
    try (TestDatabase database = TestDatabase.create(NOTES)) {
      assertThat(Sql.text(database.dataSource(database.application()), "select body from note"))
          .isEqualTo("from the template");
    }
  }

  @Test
  void shows_no_row_to_another_test() throws SQLException {
    try (TestDatabase one = TestDatabase.create(NOTES);
        TestDatabase other = TestDatabase.create(NOTES)) {
      Sql.run(one.dataSource(one.application()), "insert into note (body) values ('mine')");
      assertThat(Sql.text(other.dataSource(other.application()), "select count(*) from note"))
          .isEqualTo("1");
      assertThat(PREPARED).hasValue(1);
    }
  }

  @Test
  void gives_the_application_no_rights_but_to_use_tables() throws SQLException {
    try (TestDatabase database = TestDatabase.create(NOTES)) {
      for (String forbidden :
          new String[] {
            "create table t ()",
            "create schema s",
            "create role r",
            "drop table note",
            "truncate note",
            "set role tenon_owner"
          }) {
        assertThatThrownBy(
                () -> Sql.run(database.dataSource(database.application()), forbidden), forbidden)
            .isInstanceOf(SQLException.class)
            .extracting(e -> ((SQLException) e).getSQLState())
            .isEqualTo("42501");
      }
      assertThat(
              Sql.text(
                  database.dataSource(database.application()),
                  """
                  select rolsuper or rolbypassrls or rolcreatedb or rolcreaterole
                  from pg_roles where rolname in (current_user, 'tenon_owner')
                  order by 1 desc limit 1
                  """))
          .isEqualTo("f");
    }
  }
}
