package dev.tenon.tenancy.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ThreadTenantContextTest {

  private final TenantId acme = TenantId.of(UuidV7.next());
  private final TenantId bolt = TenantId.of(UuidV7.next());
  private final ThreadTenantContext context = ThreadTenantContext.create();
  private final ExecutorService worker = Executors.newSingleThreadExecutor();

  @AfterEach
  void stop() {
    worker.shutdownNow();
  }

  @Test
  void is_empty_outside_a_binding() {
    context.run(acme, () -> assertThat(context.require()).isEqualTo(acme));
    assertThat(context.current()).isEmpty();
    assertThatThrownBy(context::require)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no tenant is bound here");
  }

  @Test
  void is_empty_again_after_the_work_failed() {
    assertThatThrownBy(
            () ->
                context.call(
                    acme,
                    () -> {
                      throw new IOException("cut");
                    }))
        .isInstanceOf(IOException.class);
    assertThat(context.current()).isEmpty();
  }

  @Test
  void refuses_another_tenant_inside_a_binding() {
    context.run(
        acme,
        () -> {
          assertThatThrownBy(() -> context.run(bolt, () -> {}))
              .isInstanceOf(UsageException.class)
              .hasMessageContaining("inside the work of " + acme);
          assertThatThrownBy(() -> context.call(bolt, () -> true))
              .isInstanceOf(UsageException.class)
              .hasMessageContaining("inside the work of " + acme);
          context.run(acme, () -> assertThat(context.require()).isEqualTo(acme));
          assertThat(context.require()).isEqualTo(acme);
        });
  }

  @Test
  void another_thread_inherits_nothing() throws Exception {
    Future<Optional<TenantId>> seen =
        context.call(acme, () -> worker.submit((Callable<Optional<TenantId>>) context::current));
    assertThat(seen.get()).isEmpty();
  }

  @Test
  void captured_work_has_the_tenant_of_where_it_was_handed_over() throws Exception {
    List<Optional<TenantId>> seen = new ArrayList<>();
    for (TenantId tenant : List.of(acme, bolt, acme)) {
      seen.add(context.call(tenant, () -> worker.submit(context.capture(context::current))).get());
    }
    assertThat(seen).containsExactly(Optional.of(acme), Optional.of(bolt), Optional.of(acme));
  }

  @Test
  void a_worker_keeps_nothing_of_a_captured_task() throws Exception {
    context.call(acme, () -> worker.submit(context.capture(() -> {}))).get();
    assertThat(worker.submit((Callable<Optional<TenantId>>) context::current).get()).isEmpty();
  }

  @Test
  void a_task_handed_over_without_a_tenant_runs_without_one() throws Exception {
    AtomicReference<Optional<TenantId>> seen = new AtomicReference<>(Optional.of(bolt));
    Runnable captured = context.capture(() -> seen.set(context.current()));
    context.run(acme, captured);
    assertThat(seen.get()).isEmpty();
  }

  @Test
  void captured_work_is_refused_inside_the_work_of_another_tenant() throws Exception {
    List<String> ran = new ArrayList<>();
    Runnable append = () -> ran.add("runnable");
    Runnable runnable = context.call(acme, () -> context.capture(append));
    Callable<Boolean> call = () -> ran.add("call");
    Callable<Boolean> callable = context.call(acme, () -> context.capture(call));
    context.run(
        bolt,
        () -> {
          assertThatThrownBy(runnable::run)
              .isInstanceOf(UsageException.class)
              .hasMessageContaining("inside the work of " + bolt);
          assertThatThrownBy(callable::call)
              .isInstanceOf(UsageException.class)
              .hasMessageContaining("inside the work of " + bolt);
          assertThat(context.require()).isEqualTo(bolt);
        });
    assertThat(ran).isEmpty();
    context.call(acme, callable);
    assertThat(ran).containsExactly("call");
  }

  @Test
  void a_capturing_executor_captures_each_task() throws Exception {
    AtomicReference<Optional<TenantId>> seen = new AtomicReference<>(Optional.empty());
    context.run(acme, () -> context.capturing(worker).execute(() -> seen.set(context.current())));
    worker.submit(() -> {}).get();
    assertThat(seen.get()).contains(acme);
  }
}
