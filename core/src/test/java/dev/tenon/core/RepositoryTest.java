package dev.tenon.core;

import static dev.tenon.core.Hosts.CORES;
import static dev.tenon.core.Hosts.HOSTS;
import static dev.tenon.core.Hosts.ID;
import static dev.tenon.core.Hosts.NAME;
import static dev.tenon.core.Hosts.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tenon.core.Hosts.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RepositoryTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  @Test
  void finds_what_was_inserted() {
    Host host = Host.named("alpha");
    REPOSITORY.insert(database.get(), host);
    assertThat(REPOSITORY.find(database.get(), host.id())).contains(host);
  }

  @Test
  void finds_nothing_under_an_unknown_identifier() {
    assertThat(REPOSITORY.find(database.get(), UuidV7.next())).isEmpty();
  }

  @Test
  void names_the_row_that_does_not_exist() {
    UUID unknown = UuidV7.next();
    assertThatThrownBy(() -> REPOSITORY.get(database.get(), unknown))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("there is no Host " + unknown)
        .hasMessageContaining("fix:");
  }

  @Test
  void keeps_null_and_hostile_text_as_they_are() {
    Host host =
        new Host(
            UuidV7.next(),
            "'; drop table hosts; -- ? $1 \\ é 日本",
            null,
            Host.named("").seenAt(),
            1);
    REPOSITORY.insert(database.get(), host);
    assertThat(REPOSITORY.get(database.get(), host.id())).isEqualTo(host);
  }

  @Test
  void refuses_a_second_row_with_the_same_key_and_stays_usable() {
    Host host = Host.named("alpha");
    REPOSITORY.insert(database.get(), host);
    assertThatThrownBy(() -> REPOSITORY.insert(database.get(), host))
        .isInstanceOf(InvalidDataException.class)
        .satisfies(error -> assertThat(((TenonException) error).sqlState()).contains("23505"));
    assertThat(REPOSITORY.find(database.get(), host.id())).isPresent();
  }

  @Test
  void counts_the_version_up_with_each_update() {
    Host host = Host.named("alpha");
    REPOSITORY.insert(database.get(), host);
    Host updated = REPOSITORY.update(database.get(), host.withCores(8));
    assertThat(updated).isEqualTo(new Host(host.id(), "alpha", 8, host.seenAt(), 2));
    assertThat(REPOSITORY.get(database.get(), host.id())).isEqualTo(updated);
  }

  @Test
  void refuses_a_stale_version_with_what_it_expected_and_found() {
    Host host = Host.named("alpha");
    REPOSITORY.insert(database.get(), host);
    REPOSITORY.update(database.get(), host.withCores(8));
    StaleVersionException stale =
        catchThrowableOfType(
            StaleVersionException.class,
            () -> REPOSITORY.update(database.get(), host.withCores(16)));
    assertThat(stale.expected()).isEqualTo(1);
    assertThat(stale.actual()).isEqualTo(2);
    assertThat(REPOSITORY.get(database.get(), host.id()).cores()).isEqualTo(8);
  }

  @Test
  void loses_no_update_when_sixteen_write_one_row() throws Exception {
    Host host = Host.named("alpha").withCores(0);
    REPOSITORY.insert(database.get(), host);
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        writers.add(threads.submit(() -> addCores(host.id(), 20)));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
    } finally {
      threads.shutdownNow();
    }
    Host result = REPOSITORY.get(database.get(), host.id());
    assertThat(result.cores()).isEqualTo(320);
    assertThat(result.version()).isEqualTo(321);
  }

  private void addCores(UUID id, int times) {
    int done = 0;
    while (done < times) {
      done += addCore(REPOSITORY.get(database.get(), id)) ? 1 : 0;
    }
  }

  private boolean addCore(Host read) {
    try {
      REPOSITORY.update(
          database.get(), read.withCores(Optional.ofNullable(read.cores()).orElse(0) + 1));
      return true;
    } catch (StaleVersionException somebodyWasFaster) {
      return false;
    }
  }

  @Test
  void updates_nothing_that_does_not_exist() {
    assertThatThrownBy(() -> REPOSITORY.update(database.get(), Host.named("alpha")))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void upserts_a_new_row_and_then_counts_its_version() {
    Host host = Host.named("alpha");
    assertThat(REPOSITORY.upsert(database.get(), host)).isEqualTo(host);
    assertThat(REPOSITORY.upsert(database.get(), host.withCores(8)).version()).isEqualTo(2);
    assertThat(REPOSITORY.get(database.get(), host.id()).cores()).isEqualTo(8);
  }

  record Key(UUID id) {}

  @Test
  void writes_a_row_of_nothing_but_its_key() {
    database.get().sql().execute("create table keys (id uuid primary key)");
    Repository<Key, UUID> keys =
        Repository.of(DSL.table(DSL.name("keys")), Key.class).id(ID).shared().build();
    Key key = new Key(UuidV7.next());
    assertThat(keys.upsert(database.get(), key)).isEqualTo(key);
    assertThat(keys.upsert(database.get(), key)).isEqualTo(key);
    assertThat(keys.update(database.get(), key)).isEqualTo(key);
    keys.upsertAll(database.get(), List.of(key));
    assertThat(keys.updateAll(database.get(), List.of(key), OnStale.FAIL_ALL).written())
        .isEqualTo(1);
  }

  @Test
  void tells_whether_it_deleted_a_row() {
    Host host = Host.named("alpha");
    REPOSITORY.insert(database.get(), host);
    assertThat(REPOSITORY.delete(database.get(), host.id())).isTrue();
    assertThat(REPOSITORY.delete(database.get(), host.id())).isFalse();
  }

  @Test
  void pages_only_what_the_condition_selects() {
    insertHosts(20);
    Page<Host> page = REPOSITORY.page(database.get(), Page.Request.of(50).where(CORES.eq(1)));
    assertThat(page.rows()).hasSize(5).allMatch(host -> Integer.valueOf(1).equals(host.cores()));
    assertThat(page.next()).isEmpty();
  }

  @Test
  void streams_more_rows_than_one_fetch_in_a_transaction_of_its_own() {
    database
        .get()
        .sql()
        .execute(
            "insert into hosts select gen_random_uuid(), 'h' || n, n, now(), 1 from generate_series(1, 2500) n");
    long sum =
        REPOSITORY.<Long, RuntimeException>stream(
            database.get(),
            CORES.gt(0),
            rows -> rows.mapToLong(host -> Optional.ofNullable(host.cores()).orElse(0)).sum());
    assertThat(sum).isEqualTo(2500L * 2501 / 2);
  }

  @Test
  void holds_a_cursor_and_not_the_whole_result_while_streaming() {
    database
        .get()
        .sql()
        .execute(
            "insert into hosts select gen_random_uuid(), 'h' || n, n, now(), 1 from generate_series(1, 2500) n");
    database
        .get()
        .transaction(
            transaction ->
                REPOSITORY.stream(
                    transaction,
                    DSL.trueCondition(),
                    rows -> {
                      assertThat(rows.findFirst()).isPresent();
                      assertThat(
                              transaction
                                  .sql()
                                  .fetchValue("select count(*) from pg_cursors where name <> ''"))
                          .isEqualTo(1L);
                      return true;
                    }));
  }

  @Test
  void the_callers_own_exception_leaves_the_stream_unwrapped() {
    insertHosts(3);
    assertThatThrownBy(
            () ->
                REPOSITORY.<Boolean, java.io.IOException>stream(
                    database.get(),
                    DSL.trueCondition(),
                    rows -> {
                      throw new java.io.IOException("disk");
                    }))
        .isInstanceOf(java.io.IOException.class);
  }

  @Test
  void refuses_a_record_whose_component_has_no_type() {
    record Odd(UUID id, Thread thread) {}
    assertThatThrownBy(() -> Repository.of(HOSTS, Odd.class))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("java.lang.Thread");
  }

  enum Size {
    SMALL,
    LARGE;

    @Override
    public String toString() {
      return "a size";
    }
  }

  record Sized(UUID id, Size name, int cores, java.time.Instant seenAt, int version) {}

  private static final Repository<Sized, UUID> SIZED =
      Repository.of(HOSTS, Sized.class).id(ID).shared().build();

  @Test
  void keeps_enumerations_as_text_and_pages_by_them() {
    for (Size size : Size.values()) {
      SIZED.insert(database.get(), new Sized(UuidV7.next(), size, 1, java.time.Instant.EPOCH, 1));
    }
    Page.Request request = Page.Request.of(1).orderBy(NAME.asc());
    Page<Sized> first = SIZED.page(database.get(), request);
    Page<Sized> second = SIZED.page(database.get(), request.after(first.next().orElseThrow()));
    assertThat(List.of(first.rows().get(0).name(), second.rows().get(0).name()))
        .containsExactly(Size.LARGE, Size.SMALL);
    assertThat(second.next()).isEmpty();
  }

  @Test
  void names_a_label_that_the_enumeration_does_not_have() {
    Host host = Host.named("HUGE");
    REPOSITORY.insert(database.get(), host);
    assertThatThrownBy(() -> SIZED.find(database.get(), host.id()))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("a label is no Size");
  }

  @Test
  void never_reads_a_null_as_zero_into_a_primitive() {
    Host host = new Host(UuidV7.next(), "SMALL", null, Host.named("").seenAt(), 1);
    REPOSITORY.insert(database.get(), host);
    assertThatThrownBy(() -> SIZED.find(database.get(), host.id()))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> SIZED.page(database.get(), Page.Request.of(5)))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(
            () ->
                SIZED.<Long, RuntimeException>stream(
                    database.get(),
                    DSL.trueCondition(),
                    rows -> rows.mapToLong(Sized::cores).sum()))
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  void refuses_half_a_surrogate_pair_instead_of_storing_a_question_mark() {
    assertThatThrownBy(() -> REPOSITORY.insert(database.get(), Host.named("\udc00k")))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("surrogate pair, at character 0")
        .hasMessageContaining("column name of Host");
    assertThat(database.get().sql().fetchCount(HOSTS)).isZero();
  }

  @Test
  void returns_the_record_as_it_is_stored_after_an_update() {
    Host host = Host.named("alpha");
    REPOSITORY.insert(database.get(), host);
    Host precise =
        new Host(
            host.id(), "alpha", 4, java.time.Instant.parse("2026-01-01T00:00:00.123456789Z"), 1);
    Host updated = REPOSITORY.update(database.get(), precise);
    assertThat(updated).isEqualTo(REPOSITORY.get(database.get(), host.id()));
  }

  @Test
  void refuses_an_identifier_of_another_type_than_its_component() {
    assertThatThrownBy(
            () ->
                Repository.of(HOSTS, Host.class).id(DSL.field(DSL.name("id"), SQLDataType.VARCHAR)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the id id is a String and its component a UUID");
  }

  @Test
  void refuses_a_session_without_a_tenant_before_any_io() {
    Repository<Host, UUID> owned = Repository.of(HOSTS, Host.class).id(ID).build();
    assertThatThrownBy(() -> owned.find(database.get(), UuidV7.next()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a session without a tenant was given");
  }

  private List<Host> insertHosts(int number) {
    return IntStream.range(0, number)
        .mapToObj(i -> Host.named("host " + i).withCores(i % 4))
        .peek(host -> REPOSITORY.insert(database.get(), host))
        .toList();
  }
}
