package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Admission;
import java.lang.ref.WeakReference;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.Cursor;
import org.jooq.Record;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TenantLimitsTest {

  private static final TenantLimits TWO = TenantLimits.concurrent(2).waiting(Duration.ZERO);

  private final Shop shop = new Shop();
  private final Database pool =
      Database.open(
          DatabaseConfig.url(shop.made().url())
              .user(shop.made().application().user())
              .password(shop.made().application().password())
              .poolSize(4)
              .build());
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    pool.close();
    shop.close();
  }

  @Test
  void a_storm_of_one_tenant_leaves_connections_to_the_others() throws Exception {
    TenantDatabase tenants = limited(TWO);
    CountDownLatch running = new CountDownLatch(2);
    CountDownLatch end = new CountDownLatch(1);
    Future<?>[] storm = new Future<?>[2];
    for (int i = 0; i < storm.length; i++) {
      storm[i] =
          threads.submit(
              () ->
                  tenants
                      .as(Fleet.ACME)
                      .transactionResult(
                          transaction -> {
                            running.countDown();
                            end.await();
                            return Boolean.TRUE;
                          }));
    }
    running.await();
    assertThatThrownBy(() -> ask(tenants.as(Fleet.ACME)))
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining("tenant " + Fleet.ACME + " has 2 units of work running")
        .hasMessageContaining("429");
    ask(tenants.as(Fleet.BOLT));
    end.countDown();
    for (Future<?> one : storm) {
      one.get();
    }
    ask(tenants.as(Fleet.ACME));
  }

  @Test
  void a_unit_inside_a_unit_of_the_same_thread_needs_no_second_place() {
    TenantDatabase tenants = limited(TenantLimits.concurrent(1).waiting(Duration.ZERO));
    tenants.as(Fleet.ACME).transaction(transaction -> ask(tenants.as(Fleet.ACME)));
    ask(tenants.as(Fleet.ACME));
  }

  @Test
  void one_unit_more_than_its_places_is_all_that_a_thread_holds_open() {
    TenantDatabase tenants = limited(TWO);
    Deque<Cursor<Record>> open = new ArrayDeque<>();
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 3; i++) {
        open.add(cursor(tenants));
      }
      assertThatThrownBy(() -> cursor(tenants))
          .isInstanceOf(RetryableException.class)
          .hasMessageContaining("has 2 units of work running");
      open.remove().close();
      open.add(cursor(tenants));
      open.removeLast().close();
      while (!open.isEmpty()) {
        open.remove().close();
      }
    }
  }

  @Test
  void a_unit_that_outlives_the_one_it_began_in_keeps_its_place() throws Exception {
    TenantDatabase tenants = limited(TenantLimits.concurrent(1).waiting(Duration.ZERO));
    Cursor<Record> outer = cursor(tenants);
    Cursor<Record> inner = cursor(tenants);
    outer.close();
    assertThatThrownBy(() -> threads.submit(() -> ask(tenants.as(Fleet.ACME))).get())
        .hasCauseInstanceOf(RetryableException.class);
    threads.submit(inner::close).get();
    threads.submit(() -> ask(tenants.as(Fleet.ACME))).get();
  }

  @Test
  void a_place_that_is_left_twice_comes_back_once() throws Exception {
    TenantGate gate = new TenantGate(Fleet.ACME, TenantLimits.concurrent(1).waiting(Duration.ZERO));
    Admission.Exit place = gate.enter();
    place.leave();
    place.leave();
    gate.enter();
    assertThatThrownBy(() -> threads.submit(gate::enter).get())
        .hasCauseInstanceOf(RetryableException.class);
  }

  @Test
  void limits_that_change_keep_the_places_that_are_taken() {
    TenantLimits limits = TenantLimits.concurrent(1).waiting(Duration.ZERO);
    AtomicInteger asked = new AtomicInteger();
    TenantDatabase tenants =
        TenantDatabase.on(
            pool,
            TenantDatabase.Options.defaults()
                .withLimits(
                    tenant ->
                        limits.statementTimeout(
                            Duration.ofMillis(5_000 + asked.incrementAndGet()))));
    try (Cursor<Record> held = cursor(tenants)) {
      assertThat(held.hasNext()).isTrue();
      assertThatThrownBy(() -> threads.submit(() -> ask(tenants.as(Fleet.ACME))).get())
          .hasCauseInstanceOf(RetryableException.class);
    }
  }

  @Test
  void limits_that_are_raised_or_lowered_count_at_once() throws Exception {
    AtomicInteger places = new AtomicInteger(1);
    TenantDatabase tenants =
        TenantDatabase.on(
            pool,
            TenantDatabase.Options.defaults()
                .withLimits(
                    tenant -> TenantLimits.concurrent(places.get()).waiting(Duration.ZERO)));
    try (Cursor<Record> held = cursor(tenants)) {
      assertThat(held.hasNext()).isTrue();
      places.set(2);
      threads.submit(() -> ask(tenants.as(Fleet.ACME))).get();
      places.set(1);
      assertThatThrownBy(() -> threads.submit(() -> ask(tenants.as(Fleet.ACME))).get())
          .hasCauseInstanceOf(RetryableException.class);
    }
  }

  @Test
  void a_place_comes_back_however_the_unit_ended() {
    TenantDatabase tenants = limited(TenantLimits.concurrent(1).waiting(Duration.ZERO));
    TenantSession acme = tenants.as(Fleet.ACME);
    Stream.<Consumer<TenantSession>>of(
            session -> session.sql().execute("select 1 / 0"),
            session ->
                session.transaction(
                    transaction -> {
                      throw new IllegalStateException("cut");
                    }),
            session ->
                session.jdbc(
                    connection -> {
                      throw new SQLException("cut");
                    }))
        .forEach(
            failing -> {
              assertThatThrownBy(() -> failing.accept(acme)).isInstanceOf(RuntimeException.class);
              ask(acme);
            });
    try (Cursor<Record> cursor = acme.sql().resultQuery("select 1").fetchLazy()) {
      assertThat(cursor.fetchNext()).isNotNull();
    }
    ask(acme);
  }

  @Test
  void units_above_the_rate_are_refused() {
    TenantSession acme =
        limited(TenantLimits.concurrent(2).waiting(Duration.ZERO).perSecond(1)).as(Fleet.ACME);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1_000; i++) {
                ask(acme);
              }
            })
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining("began 1 units of work in this second");
  }

  @Test
  void units_inside_a_unit_count_against_the_rate_too() {
    TenantSession acme =
        limited(TenantLimits.concurrent(2).waiting(Duration.ZERO).perSecond(1)).as(Fleet.ACME);
    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      for (int i = 0; i < 1_000; i++) {
                        ask(acme);
                      }
                    }))
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining("began 1 units of work in this second");
  }

  @Test
  void a_session_that_is_kept_for_long_shares_its_places_with_new_ones() {
    AtomicLong now = new AtomicLong();
    TenantGates gates = new TenantGates(tenant -> TWO, now::get);
    TenantGate kept = gates.of(Fleet.ACME);
    now.addAndGet(Duration.ofDays(1).toNanos());
    assertThat(gates.of(Fleet.ACME)).isSameAs(kept);
  }

  @Test
  @Timeout(60)
  void a_tenant_whose_sessions_are_gone_for_long_is_forgotten() {
    AtomicLong now = new AtomicLong();
    TenantGates gates = new TenantGates(tenant -> TWO, now::get);
    WeakReference<TenantGate> gone = new WeakReference<>(gates.of(Fleet.ACME));
    now.addAndGet(Duration.ofDays(1).toNanos());
    while (gone.get() != null) {
      gates.of(Fleet.BOLT);
      System.gc();
    }
  }

  @Test
  void a_tenant_has_its_own_statement_timeout() {
    TenantDatabase tenants =
        TenantDatabase.on(
            pool,
            TenantDatabase.Options.defaults()
                .withLimits(
                    tenant ->
                        tenant.equals(Fleet.ACME)
                            ? TWO.statementTimeout(Duration.ofMillis(50))
                            : TWO));
    assertThatThrownBy(() -> tenants.as(Fleet.ACME).sql().execute("select pg_sleep(5)"))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("statement timeout")
        .hasMessageContaining("TenantLimits.statementTimeout: raise it there");
    assertThatThrownBy(
            () ->
                tenants
                    .as(Fleet.ACME)
                    .transaction(transaction -> transaction.sql().execute("select pg_sleep(5)")))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("TenantLimits.statementTimeout: raise it there");
    assertThatThrownBy(
            () ->
                tenants
                    .as(Fleet.BOLT)
                    .withSetting("statement_timeout", "20ms")
                    .sql()
                    .execute("select pg_sleep(5)"))
        .isInstanceOf(ServerException.class)
        .hasMessageNotContaining("TenantLimits");
    assertThat(
            tenants.as(Fleet.BOLT).sql().fetchValue("select current_setting('statement_timeout')"))
        .isEqualTo("30s");
  }

  @Test
  void a_setting_makes_the_statement_timeout_of_a_tenant_shorter_and_never_longer() {
    TenantSession acme = limited(TWO.statementTimeout(Duration.ofMillis(1500))).as(Fleet.ACME);
    for (String shorter : List.of("500", "1500", " 1.5 s ", "1500000us", "1s")) {
      ask(acme.withSetting("statement_timeout", shorter));
      acme.transaction(transaction -> ask(transaction.withSetting("statement_timeout", shorter)));
    }
    for (String longer :
        List.of("0", "1501", "1.6s", "2s", "1min", "400us", "0.4", "1e4", "0x7fff", "+9999", "")) {
      refusesTimeout(() -> acme.withSetting("statement_timeout", longer), longer);
      acme.transaction(
          transaction ->
              refusesTimeout(() -> transaction.withSetting("statement_timeout", longer), longer));
    }
    assertThat(
            acme.withSetting("work_mem", "64MB")
                .sql()
                .fetchValue("select current_setting('statement_timeout')"))
        .isEqualTo("1500ms");
  }

  @Test
  void limits_that_let_nothing_in_are_refused() {
    assertThatThrownBy(() -> TenantLimits.concurrent(0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> TWO.perSecond(0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> TWO.waiting(Duration.ofSeconds(-1)))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> TWO.statementTimeout(Duration.ZERO))
        .isInstanceOf(UsageException.class);
  }

  private TenantDatabase limited(TenantLimits limits) {
    return TenantDatabase.on(pool, TenantDatabase.Options.defaults().withLimits(limits));
  }

  private static Cursor<Record> cursor(TenantDatabase tenants) {
    return tenants
        .as(Fleet.ACME)
        .sql()
        .resultQuery("select generate_series(1, 1000)")
        .fetchSize(10)
        .fetchLazy();
  }

  private static void refusesTimeout(ThrowingCallable asks, String timeout) {
    assertThatThrownBy(asks)
        .as(timeout)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a statement timeout of '" + timeout + "' was asked for")
        .hasMessageContaining("the limits of tenant " + Fleet.ACME + " allow 1500 ms");
  }

  private static void ask(Session session) {
    assertThat(session.sql().fetchValue("select 1")).isEqualTo(1);
  }
}
