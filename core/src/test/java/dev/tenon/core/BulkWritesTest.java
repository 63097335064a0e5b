package dev.tenon.core;

import static dev.tenon.core.Hosts.HOSTS;
import static dev.tenon.core.Hosts.ID;
import static dev.tenon.core.Hosts.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tenon.core.Hosts.Host;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BulkWritesTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  /** One batch, several batches, and COPY. */
  @ParameterizedTest
  @ValueSource(ints = {1, 999, 5_001, 10_000})
  void inserts_all_rows_as_they_are(int number) {
    List<Host> hosts = hosts(number);
    REPOSITORY.insertAll(database.get(), hosts);
    assertThat(REPOSITORY.findAll(database.get(), ids(hosts))).isEqualTo(hosts);
  }

  @Test
  void deletes_nothing_where_an_identifier_is_given_twice() {
    Host host = Host.named("alpha");
    REPOSITORY.insert(database.get(), host);
    assertThatThrownBy(() -> REPOSITORY.deleteAll(database.get(), List.of(host.id(), host.id())))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("is given more than once");
    assertThat(REPOSITORY.exists(database.get(), host.id())).isTrue();
  }

  @Test
  void inserts_nothing_of_nothing() {
    REPOSITORY.insertAll(database.get(), List.of());
    REPOSITORY.upsertAll(database.get(), List.of());
    assertThat(REPOSITORY.deleteAll(database.get(), List.of())).isZero();
    assertThat(REPOSITORY.updateAll(database.get(), List.of(), OnStale.REPORT).isComplete())
        .isTrue();
  }

  /** With the last row the key is there twice, whatever way the rows go. */
  @ParameterizedTest
  @ValueSource(ints = {10, 5_001, 10_000})
  void inserts_all_or_none(int number) {
    List<Host> hosts = new ArrayList<>(hosts(number));
    hosts.add(hosts.get(0));
    assertThatThrownBy(() -> REPOSITORY.insertAll(database.get(), hosts))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("insert into hosts, Repository of Host.insertAll");
    assertThat(database.get().sql().fetchCount(HOSTS)).isZero();
  }

  @Test
  void what_fails_in_a_transaction_leaves_the_rest_of_it() {
    List<Host> hosts = hosts(3);
    database
        .get()
        .transaction(
            transaction -> {
              REPOSITORY.insert(transaction, hosts.get(0));
              assertThatThrownBy(() -> REPOSITORY.insertAll(transaction, hosts))
                  .isInstanceOf(InvalidDataException.class);
              REPOSITORY.insert(transaction, hosts.get(1));
            });
    assertThat(REPOSITORY.list(database.get(), DSL.noCondition()))
        .containsExactly(hosts.get(0), hosts.get(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 10_000})
  void rows_that_a_trigger_takes_out_are_missed(int number) {
    database
        .get()
        .sql()
        .execute(
            """
            create function skip() returns trigger language plpgsql as
              'begin if new.cores = 7 then return null; end if; return new; end'
            """);
    database
        .get()
        .sql()
        .execute(
            "create trigger skip before insert or update on hosts for each row execute function"
                + " skip()");
    List<Host> hosts = new ArrayList<>(hosts(number));
    hosts.set(3, hosts.get(3).withCores(7));
    assertSuppressed(() -> REPOSITORY.insertAll(database.get(), hosts), number);
    assertSuppressed(() -> REPOSITORY.insertAllReturning(database.get(), hosts.subList(0, 10)), 10);
    assertSuppressed(() -> REPOSITORY.upsertAll(database.get(), hosts.subList(0, 10)), 10);
    assertThat(database.get().sql().fetchCount(HOSTS)).isZero();
    hosts.set(3, hosts.get(3).withCores(8));
    REPOSITORY.insertAll(database.get(), hosts);
    hosts.set(3, hosts.get(3).withCores(7));
    assertSuppressed(
        () -> REPOSITORY.updateAll(database.get(), hosts.subList(0, 10), OnStale.REPORT), 10);
    assertThat(REPOSITORY.count(database.get(), Hosts.VERSION.gt(1))).isZero();
  }

  private static void assertSuppressed(ThrowingCallable work, int asked) {
    assertThatThrownBy(work)
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("the server wrote " + (asked - 1) + " of " + asked + " rows");
  }

  @Test
  void views_rules_and_row_level_security_do_not_get_copy() {
    List<Host> hosts = hosts(10_000);
    database.get().sql().execute("create view seen as select * from hosts where id is not null");
    Repository<Host, UUID> seen =
        Repository.of(DSL.table(DSL.name("public", "seen")), Host.class).id(ID).shared().build();
    seen.insertAll(database.get(), hosts);
    assertThat(seen.count(database.get(), DSL.noCondition())).isEqualTo(10_000);

    database
        .get()
        .sql()
        .execute(
            """
            truncate hosts;
            create rule odd as on insert to hosts where new.cores = 3 do instead nothing
            """);
    assertThatThrownBy(() -> REPOSITORY.insertAll(database.get(), hosts))
        .isInstanceOf(ServerException.class);
    database.get().sql().execute("drop rule odd on hosts");

    String role = "writer_" + UuidV7.next().toString().replace('-', '_');
    database
        .get()
        .sql()
        .execute(
            """
            truncate hosts;
            create role %1$s;
            grant select, insert on hosts to %1$s;
            alter table hosts enable row level security;
            create policy mine on hosts using (id is not null)
            """
                .formatted(role));
    try {
      REPOSITORY.insertAll(database.get().withSetting("role", role), hosts);
    } finally {
      database.get().sql().execute("drop owned by " + role + "; drop role " + role);
    }
    assertThat(database.get().sql().fetchCount(HOSTS)).isEqualTo(10_000);
  }

  @Test
  void names_the_column_that_a_value_does_not_fit_before_any_io() {
    List<Host> hosts = new ArrayList<>(hosts(3));
    hosts.set(1, Host.named("\ud800"));
    assertThatThrownBy(() -> REPOSITORY.insertAll(database.get(), hosts))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("column name of Host, in Host " + hosts.get(1).id());
  }

  @SuppressWarnings("NullAway")
  @Test
  void refuses_a_record_without_an_identifier_before_any_io() {
    Host host = Host.named("alpha");
    List<Host> hosts = List.of(host, new Host(null, "beta", 1, host.seenAt(), 1));
    for (ThrowingCallable work :
        List.<ThrowingCallable>of(
            () -> REPOSITORY.insertAll(database.get(), hosts),
            () -> REPOSITORY.upsertAll(database.get(), hosts),
            () -> REPOSITORY.updateAll(database.get(), hosts, OnStale.REPORT))) {
      assertThatThrownBy(work)
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("the Host at index 1 of the records has no identifier");
    }
    assertThat(database.get().sql().fetchCount(HOSTS)).isZero();
  }

  @Test
  void updates_all_rows_and_counts_their_versions() {
    List<Host> hosts = hosts(5_001);
    REPOSITORY.insertAll(database.get(), hosts);
    List<Host> bigger = shuffled(hosts.stream().map(host -> host.withCores(77)).toList());
    BulkResult<UUID> result = REPOSITORY.updateAll(database.get(), bigger, OnStale.FAIL_ALL);
    assertThat(result).isEqualTo(new BulkResult<UUID>(5_001, List.of(), List.of()));
    assertThat(REPOSITORY.findAll(database.get(), ids(hosts)))
        .allMatch(host -> host.version() == 2 && Integer.valueOf(77).equals(host.cores()))
        .extracting(Host::name)
        .isEqualTo(hosts.stream().map(Host::name).toList());
  }

  @Test
  void reports_the_rows_that_are_stale_or_missing_and_writes_the_others() {
    List<Host> hosts = hosts(4);
    REPOSITORY.insertAll(database.get(), hosts);
    REPOSITORY.update(database.get(), hosts.get(2).withCores(100));
    REPOSITORY.delete(database.get(), hosts.get(3).id());
    BulkResult<UUID> result =
        REPOSITORY.updateAll(
            database.get(),
            hosts.stream().map(host -> host.withCores(50)).toList(),
            OnStale.REPORT);
    assertThat(result)
        .isEqualTo(
            new BulkResult<>(
                2,
                List.of(new BulkResult.Stale<>(hosts.get(2).id(), 1, 2)),
                List.of(hosts.get(3).id())));
    assertThat(REPOSITORY.list(database.get(), DSL.noCondition()))
        .extracting(Host::cores)
        .containsExactly(50, 50, 100);
  }

  @Test
  void fails_all_where_one_is_stale_also_within_a_transaction() {
    List<Host> hosts = hosts(5_003);
    REPOSITORY.insertAll(database.get(), hosts);
    Host last = hosts.get(5_002);
    REPOSITORY.update(database.get(), last.withCores(100));
    StaleVersionException stale =
        database
            .get()
            .transactionResult(
                transaction ->
                    catchThrowableOfType(
                        StaleVersionException.class,
                        () -> REPOSITORY.updateAll(transaction, hosts, OnStale.FAIL_ALL)));
    assertThat(stale.id()).isEqualTo(last.id());
    assertThat(List.of(stale.expected(), stale.actual())).containsExactly(1L, 2L);
    assertThat(REPOSITORY.count(database.get(), Hosts.VERSION.eq(1))).isEqualTo(5_002);
    REPOSITORY.delete(database.get(), last.id());
    assertThatThrownBy(() -> REPOSITORY.updateAll(database.get(), hosts, OnStale.FAIL_ALL))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining(last.id().toString());
    assertThat(REPOSITORY.count(database.get(), Hosts.VERSION.eq(1))).isEqualTo(5_002);
  }

  @Test
  void says_that_more_may_be_stale_where_it_has_not_looked_at_all() {
    List<Host> hosts = hosts(5_003);
    REPOSITORY.insertAll(database.get(), hosts);
    database.get().sql().execute("update hosts set version = 2");
    assertThatThrownBy(() -> REPOSITORY.updateAll(database.get(), hosts, OnStale.FAIL_ALL))
        .isInstanceOf(StaleVersionException.class)
        .hasMessageContaining("has version 2, not 1, and at least 4999 more are stale");
    assertThatThrownBy(
            () -> REPOSITORY.updateAll(database.get(), hosts.subList(0, 3), OnStale.FAIL_ALL))
        .isInstanceOf(StaleVersionException.class)
        .hasMessageContaining("has version 2, not 1, and 2 more are stale");
  }

  @Test
  void refuses_two_records_of_one_row() {
    Host host = Host.named("alpha");
    for (ThrowingCallable work :
        List.<ThrowingCallable>of(
            () ->
                REPOSITORY.updateAll(
                    database.get(), List.of(host, host.withCores(8)), OnStale.REPORT),
            () -> REPOSITORY.upsertAll(database.get(), List.of(host, host.withCores(8))))) {
      assertThatThrownBy(work)
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("Host " + host.id() + " is given more than once");
    }
    assertThat(database.get().sql().fetchCount(HOSTS)).isZero();
  }

  @Test
  void upserts_new_and_existing_rows() {
    List<Host> hosts = hosts(6_000);
    REPOSITORY.insertAll(database.get(), hosts.subList(0, 3_000));
    REPOSITORY.upsertAll(
        database.get(), shuffled(hosts.stream().map(host -> host.withCores(9)).toList()));
    assertThat(REPOSITORY.findAll(database.get(), ids(hosts)))
        .hasSize(6_000)
        .allMatch(host -> Integer.valueOf(9).equals(host.cores()));
    assertThat(REPOSITORY.count(database.get(), Hosts.VERSION.eq(2))).isEqualTo(3_000);
  }

  @Test
  void deletes_all_that_there_are() {
    List<Host> hosts = hosts(5_010);
    REPOSITORY.insertAll(database.get(), hosts.subList(0, 5_005));
    assertThat(REPOSITORY.deleteAll(database.get(), shuffled(ids(hosts)))).isEqualTo(5_005);
    assertThat(database.get().sql().fetchCount(HOSTS)).isZero();
  }

  private static List<Host> hosts(int number) {
    return IntStream.range(0, number)
        .mapToObj(
            i ->
                new Host(
                    UuidV7.next(),
                    "h\"\\,{}\t\n\r NULL \\N é 日本 " + i,
                    i % 5 == 0 ? null : i % 4,
                    Host.named("").seenAt().plusMillis(i),
                    1))
        .toList();
  }

  private static <V> List<V> shuffled(List<V> values) {
    List<V> shuffled = new ArrayList<>(values);
    Collections.shuffle(shuffled, new java.util.Random(20261121));
    return shuffled;
  }

  private static List<UUID> ids(List<Host> hosts) {
    return hosts.stream().map(Host::id).toList();
  }
}
