package dev.tenon.vector;

import static dev.tenon.vector.Runbooks.ACME;
import static dev.tenon.vector.Runbooks.BOLT;
import static dev.tenon.vector.Runbooks.REPOSITORY;
import static dev.tenon.vector.Runbooks.near;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.Runbooks.Runbook;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Runbooks.class)
class VectorLoadTest {

  private static List<Runbook> runbooks(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Runbook.of("title " + i, Vectors.random(i, Runbooks.DIMENSIONS)))
        .toList();
  }

  private static List<Runbook> stored(Session session) {
    return REPOSITORY.search(session, near(0, 0)).exact().top(10_000).fetch().records();
  }

  private static List<Runbook> with(List<Runbook> records, Runbook more) {
    List<Runbook> result = new ArrayList<>(records);
    result.add(more);
    return result;
  }

  /** What a refused load must leave behind: nothing, on a connection that works. */
  private static void assertNothingHappened(Session session) {
    assertThat(stored(session)).isEmpty();
    assertThat(REPOSITORY.load(session, runbooks(3).stream())).isEqualTo(3);
  }

  @Test
  void stores_every_record_as_it_was(TenantDatabase tenants) {
    List<Runbook> loaded = runbooks(1_000);
    assertThat(REPOSITORY.load(tenants.as(ACME), loaded.stream())).isEqualTo(1_000);
    assertThat(stored(tenants.as(ACME))).containsExactlyInAnyOrderElementsOf(loaded);
    assertThat(stored(tenants.as(BOLT))).isEmpty();
  }

  @Test
  void lets_the_last_record_of_an_id_win(TenantDatabase tenants) {
    Runbook first = runbooks(1).get(0);
    List<Runbook> records =
        List.of(first, first.titled("second"), runbooks(1).get(0), first.titled("third"));
    assertThat(REPOSITORY.load(tenants.as(ACME), records.stream())).isEqualTo(4);
    assertThat(stored(tenants.as(ACME))).contains(first.titled("third")).hasSize(2);
  }

  @Test
  void lets_the_last_record_of_an_id_win_wherever_it_stood_before(TenantDatabase tenants) {
    List<Runbook> first = runbooks(2_500);
    List<Runbook> records = new ArrayList<>(first);
    List<Runbook> again =
        IntStream.of(0, 1_200, 2_499, 2_499, 3, 0)
            .mapToObj(i -> first.get(i).titled("again " + i))
            .toList();
    records.addAll(again);
    records.add(first.get(7).titled("last"));

    assertThat(REPOSITORY.load(tenants.as(ACME), records.stream())).isEqualTo(2_507);

    List<Runbook> expected = new ArrayList<>(first);
    for (int i : new int[] {0, 3, 1_200, 2_499}) {
      expected.set(i, first.get(i).titled("again " + i));
    }
    expected.set(7, first.get(7).titled("last"));
    assertThat(stored(tenants.as(ACME))).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void replaces_rows_that_exist(TenantDatabase tenants) {
    List<Runbook> before = runbooks(10);
    REPOSITORY.upsertAll(tenants.as(ACME), before);
    List<Runbook> after = before.stream().map(runbook -> runbook.titled("again")).toList();
    assertThat(REPOSITORY.upsertAll(tenants.as(ACME), after)).isEqualTo(10);
    assertThat(stored(tenants.as(ACME))).containsExactlyInAnyOrderElementsOf(after);
  }

  @Test
  void does_nothing_with_nothing(TenantDatabase tenants) {
    assertThat(REPOSITORY.upsertAll(tenants.as(ACME), List.of())).isEqualTo(0);
    assertThat(REPOSITORY.load(tenants.as(ACME), Stream.of())).isEqualTo(0);
  }

  @Test
  void names_the_record_that_it_refuses_and_loads_none(TenantDatabase tenants) {
    Session acme = tenants.as(ACME);
    List<Runbook> records = with(runbooks(2_000), Runbook.of("wrong", 1, 2, 3));
    assertThatThrownBy(() -> REPOSITORY.load(acme, records.stream()))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("3 dimensions instead of 384")
        .hasMessageContaining("on runbooks.load, record 2000");
    assertNothingHappened(acme);
    assertThatThrownBy(() -> REPOSITORY.upsertAll(acme, records))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("on runbooks.upsertAll, record 2000");
  }

  @Test
  void refuses_vectors_without_direction_or_with_nan(TenantDatabase tenants) {
    Session acme = tenants.as(ACME);
    for (float value : new float[] {0, Float.NaN, Float.NEGATIVE_INFINITY, 1e-30f}) {
      Runbook wrong = Runbook.of("wrong", Vectors.filled(value, Runbooks.DIMENSIONS));
      assertThatThrownBy(() -> REPOSITORY.load(acme, with(runbooks(1), wrong).stream()))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("record 1");
    }
    assertNothingHappened(acme);
  }

  @Test
  void refuses_null_records(TenantDatabase tenants) {
    Session acme = tenants.as(ACME);
    assertThatThrownBy(() -> REPOSITORY.load(acme, Stream.of(runbooks(1).get(0), Vague.of(null))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the record is null")
        .hasMessageContaining("record 1");
    assertNothingHappened(acme);
  }

  @Test
  void refuses_text_that_the_server_cannot_store(TenantDatabase tenants) {
    Session acme = tenants.as(ACME);
    for (String text : List.of("nul \0", "half \ud800 pair")) {
      Runbook wrong = Runbook.of(text, near(0, 0));
      assertThatThrownBy(() -> REPOSITORY.load(acme, Stream.of(wrong)))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("record 0, column title");
    }
    assertNothingHappened(acme);
  }

  @Test
  void hands_on_what_the_stream_throws_and_loads_none(TenantDatabase tenants) {
    Session acme = tenants.as(ACME);
    Stream<Runbook> failing =
        IntStream.range(0, 500)
            .mapToObj(
                i -> {
                  if (i == 400) {
                    throw new IllegalStateException("the source broke");
                  }
                  return Runbook.of("title " + i, near(0, 0));
                });
    assertThatThrownBy(() -> REPOSITORY.load(acme, failing))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the source broke");
    assertNothingHappened(acme);
  }

  @Test
  void closes_the_stream_also_when_it_refuses(TenantDatabase tenants, Database database) {
    AtomicBoolean closed = new AtomicBoolean();
    REPOSITORY.load(tenants.as(ACME), runbooks(1).stream().onClose(() -> closed.set(true)));
    assertThat(closed).isTrue();

    AtomicBoolean closedToo = new AtomicBoolean();
    assertThatThrownBy(
            () ->
                REPOSITORY.load(database, runbooks(1).stream().onClose(() -> closedToo.set(true))))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a session without a tenant");
    assertThat(closedToo).isTrue();
  }

  @Test
  void joins_the_transaction_of_its_session(TenantDatabase tenants) {
    Session acme = tenants.as(ACME);
    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      REPOSITORY.load(transaction, runbooks(10).stream());
                      REPOSITORY.load(transaction, runbooks(20).stream());
                      assertThat(stored(transaction)).hasSize(30);
                      throw new IllegalStateException("on purpose");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertNothingHappened(acme);
  }

  @Test
  void leaves_its_transaction_as_it_was_when_a_record_is_refused(TenantDatabase tenants) {
    Session acme = tenants.as(ACME);
    Runbook before = Runbook.of("before", near(0, 0));
    Runbook after = Runbook.of("after", near(0, 0));
    List<Runbook> records = with(runbooks(2_500), Runbook.of("half \ud800 pair", near(0, 0)));
    acme.transaction(
        transaction -> {
          REPOSITORY.upsert(transaction, before);
          assertThatThrownBy(() -> REPOSITORY.load(transaction, records.stream()))
              .isInstanceOf(InvalidDataException.class);
          assertThatThrownBy(() -> REPOSITORY.upsertAll(transaction, records))
              .isInstanceOf(InvalidDataException.class);
          REPOSITORY.upsert(transaction, after);
        });
    assertThat(stored(acme)).containsExactlyInAnyOrder(before, after);
  }

  @Test
  void stores_a_text_as_long_as_many_rows(TenantDatabase tenants) {
    Runbook large = Runbook.of("é".repeat(300_000), near(0, 0));
    REPOSITORY.load(tenants.as(ACME), Stream.of(runbooks(1).get(0), large, runbooks(1).get(0)));
    assertThat(stored(tenants.as(ACME))).contains(large).hasSize(3);
  }

  @Test
  void runs_under_the_settings_of_its_session(TenantDatabase tenants) {
    Session hurried = tenants.as(ACME).withSetting("statement_timeout", "1ms");
    assertThatThrownBy(() -> REPOSITORY.load(hurried, runbooks(5_000).stream()))
        .isInstanceOf(TenonException.class);
    assertNothingHappened(tenants.as(ACME));
  }

  @Test
  void notices_when_the_table_swallows_a_row(TestDatabase made, TenantDatabase tenants) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.transaction(
          transaction ->
              transaction
                  .sql()
                  .execute(
                      """
                      create function swallow() returns trigger language plpgsql
                        as $$ begin return null; end $$;
                      create trigger swallow before insert on runbooks
                        for each row when (new.title = 'title 1') execute function swallow()
                      """));
    }
    Session acme = tenants.as(ACME);
    assertThatThrownBy(() -> REPOSITORY.load(acme, runbooks(3).stream()))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("2 rows were written to the table instead of 3");
    assertThatThrownBy(() -> REPOSITORY.upsert(acme, Runbook.of("title 1", near(0, 0))))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("wrote 0 rows instead of 1");
    assertThat(stored(acme)).isEmpty();
  }

  private static void asSuperuser(TestDatabase made, String sql) {
    try (Database superuser = TestSchema.connect(made, made.superuser())) {
      superuser.transaction(transaction -> transaction.sql().execute(sql));
    }
  }

  @Test
  void needs_no_right_to_create_temporary_tables(TestDatabase made, TenantDatabase tenants) {
    asSuperuser(
        made,
        "revoke temporary on database \"%s\" from %s"
            .formatted(made.name(), made.application().user()));
    List<Runbook> records = runbooks(100);
    assertThat(REPOSITORY.load(tenants.as(ACME), records.stream())).isEqualTo(100);
    assertThat(stored(tenants.as(ACME))).containsExactlyInAnyOrderElementsOf(records);
  }

  @Test
  void finds_the_type_in_the_schema_of_the_extension(TestDatabase made, TenantDatabase tenants) {
    asSuperuser(
        made,
        """
        create schema "the Vectors"; grant usage on schema "the Vectors" to public;
        alter extension vector set schema "the Vectors";
        alter database "%s" set search_path = public, "the Vectors"
        """
            .formatted(made.name()));
    try (Database application = TestSchema.connect(made, made.application())) {
      Session acme = TenantDatabase.on(application).as(ACME);
      assertThat(REPOSITORY.load(acme, runbooks(3).stream())).isEqualTo(3);
    }
  }

  @Test
  void loads_as_the_tenant_of_the_session_next_to_the_same_ids_of_another(TenantDatabase tenants) {
    List<Runbook> records = runbooks(5);
    REPOSITORY.load(tenants.as(ACME), records.stream());
    REPOSITORY.load(tenants.as(BOLT), records.stream().map(record -> record.titled("theirs")));
    assertThat(stored(tenants.as(ACME))).containsExactlyInAnyOrderElementsOf(records);
    assertThat(stored(tenants.as(BOLT)))
        .hasSize(5)
        .allSatisfy(record -> assertThat(record.title()).isEqualTo("theirs"));
  }

  @Test
  void is_all_or_nothing_when_its_connection_is_cut(TestDatabase made, TenantDatabase tenants) {
    Session acme = tenants.as(ACME);
    Stream<Runbook> cutting =
        IntStream.range(0, 4_000)
            .mapToObj(
                i -> {
                  if (i == 3_000) {
                    cutLoads(made);
                  }
                  return new Runbook(
                      UuidV7.next(), "title " + i, "en", i, Embedding.of(near(0, 0)));
                });
    assertThatThrownBy(() -> REPOSITORY.load(acme, cutting)).isInstanceOf(RetryableException.class);
    assertNothingHappened(acme);
  }

  private static void cutLoads(TestDatabase made) {
    try (Database superuser = TestSchema.connect(made, made.superuser())) {
      superuser
          .sql()
          .fetch(
              """
              select pg_terminate_backend(pid, 5000) from pg_stat_activity
               where datname = current_database() and query like 'insert into "runbooks" %'
              """);
    }
  }
}
