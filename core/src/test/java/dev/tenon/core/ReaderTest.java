package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReaderTest {

  private static final Migrations NOTES =
      Migrations.named("notes").script("V1__note.sql", "create table note (text text)");

  @RegisterExtension final FreshDatabase fresh = FreshDatabase.with(NOTES);

  private Database open(boolean pooler) {
    return Database.open(
        fresh.config().reader(fresh.config().transactionPooler(pooler).build()).build());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void reads_what_the_writer_committed(boolean pooler) {
    try (Database database = open(pooler)) {
      database.sql().execute("insert into note values ('written')");

      assertThat(database.reader().sql().fetchValue("select text from note")).isEqualTo("written");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void refuses_every_write(boolean pooler) {
    try (Database database = open(pooler)) {
      Database reader = database.reader();

      assertThatThrownBy(() -> reader.sql().execute("insert into note values ('lost')"))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("read-only");
      assertThatThrownBy(
              () -> reader.transaction(tx -> tx.sql().execute("insert into note values ('lost')")))
          .isInstanceOf(UsageException.class);
      assertThatThrownBy(
              () ->
                  reader.jdbc(
                      connection ->
                          connection.createStatement().execute("insert into note values ('lost')")))
          .isInstanceOf(UsageException.class);
      assertThat(database.sql().fetchValue("select count(*) from note")).isEqualTo(0L);
    }
  }

  @Test
  void has_a_pool_of_its_own_that_ends_with_the_database() {
    Database database = open(false);
    Database reader = database.reader();
    assertThat(pid(reader)).isNotEqualTo(pid(database));

    database.close();

    assertThatThrownBy(() -> reader.sql().fetchValue("select 1"))
        .isInstanceOf(TenonException.class);
  }

  @Test
  void a_database_without_one_says_how_to_get_one() {
    assertThatThrownBy(fresh.get()::reader)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("DatabaseConfig.reader");
  }

  @Test
  void a_reader_of_a_reader_is_refused() {
    DatabaseConfig reader = fresh.config().reader(fresh.config().build()).build();

    assertThatThrownBy(() -> fresh.config().reader(reader))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a reader of its own");
  }

  @Test
  void a_writer_that_cannot_be_reached_leaves_no_reader_behind() {
    DatabaseConfig config =
        DatabaseConfig.url("jdbc:postgresql://127.0.0.1:1/none")
            .pool(Pool.of(1).withConnectionTimeout(Duration.ofMillis(250)))
            .reader(
                DatabaseConfig.url(fresh.url() + "?ApplicationName=readers")
                    .user(fresh.user())
                    .password(fresh.password())
                    .build())
            .build();

    assertThatThrownBy(() -> Database.open(config)).isInstanceOf(RetryableException.class);

    Waiting.until(() -> readers() == 0);
  }

  private long readers() {
    return fresh
        .get()
        .sql()
        .fetchSingle("select count(*) from pg_stat_activity where application_name = 'readers'")
        .get(0, Long.class);
  }

  private static Object pid(Database database) {
    return database.sql().fetchValue("select pg_backend_pid()");
  }
}
