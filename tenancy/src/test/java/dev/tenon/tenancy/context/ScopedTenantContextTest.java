package dev.tenon.tenancy.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ScopedTenantContextTest {

  private static final int SCOPED_VALUES_SINCE = 25;

  private final TenantId acme = TenantId.of(UuidV7.next());
  private final TenantId bolt = TenantId.of(UuidV7.next());

  @Test
  void binds_for_the_length_of_a_call_or_names_the_java_that_it_needs() {
    if (Runtime.version().feature() < SCOPED_VALUES_SINCE) {
      assertThatThrownBy(ScopedTenantContext::create)
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("came with Java 25");
      return;
    }
    ScopedTenantContext context = ScopedTenantContext.create();
    context.run(
        acme,
        () -> {
          assertThat(context.require()).isEqualTo(acme);
          assertThatThrownBy(() -> context.run(bolt, () -> {})).isInstanceOf(UsageException.class);
          context.run(acme, () -> assertThat(context.require()).isEqualTo(acme));
        });
    assertThat(context.current()).isEmpty();
    assertThatThrownBy(
            () ->
                context.run(
                    acme,
                    () -> {
                      throw new IllegalStateException("cut");
                    }))
        .hasMessage("cut");
  }

  @Test
  void captured_work_has_the_tenant_of_where_it_was_handed_over() throws Exception {
    if (Runtime.version().feature() < SCOPED_VALUES_SINCE) {
      return;
    }
    ScopedTenantContext context = ScopedTenantContext.create();
    ExecutorService worker = Executors.newSingleThreadExecutor();
    try {
      Callable<Optional<TenantId>> ofNobody = context.capture(context::current);
      AtomicReference<Optional<TenantId>> executed = new AtomicReference<>(Optional.empty());
      Future<Optional<TenantId>> seen =
          context.call(
              acme,
              () -> {
                context.capturing(worker).execute(() -> executed.set(context.current()));
                assertThat(ofNobody.call()).isEmpty();
                return worker.submit(context.capture(context::current));
              });
      assertThat(seen.get()).contains(acme);
      assertThat(executed.get()).contains(acme);
      assertThat(worker.submit((Callable<Optional<TenantId>>) context::current).get()).isEmpty();
    } finally {
      worker.shutdownNow();
    }
  }

  @Test
  void captured_work_is_refused_inside_the_work_of_another_tenant() throws Exception {
    if (Runtime.version().feature() < SCOPED_VALUES_SINCE) {
      return;
    }
    ScopedTenantContext context = ScopedTenantContext.create();
    Callable<TenantId> captured = context.call(acme, () -> context.capture(context::require));
    context.run(
        bolt,
        () ->
            assertThatThrownBy(captured::call)
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("inside the work of " + bolt));
    assertThat(context.call(acme, captured)).isEqualTo(acme);
  }

  @Test
  void a_call_throws_what_its_work_throws() {
    if (Runtime.version().feature() < SCOPED_VALUES_SINCE) {
      return;
    }
    ScopedTenantContext context = ScopedTenantContext.create();
    for (Throwable thrown : List.of(new IOException("cut"), new AssertionError("cut"))) {
      assertThatThrownBy(
              () ->
                  context.call(
                      acme,
                      () -> {
                        if (thrown instanceof Error error) {
                          throw error;
                        }
                        throw (Exception) thrown;
                      }))
          .isSameAs(thrown);
    }
    assertThatThrownBy(() -> context.call(acme, () -> context.call(bolt, () -> 1)))
        .isInstanceOf(UsageException.class);
  }
}
