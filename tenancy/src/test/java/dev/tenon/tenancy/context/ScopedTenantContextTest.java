package dev.tenon.tenancy.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
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
}
