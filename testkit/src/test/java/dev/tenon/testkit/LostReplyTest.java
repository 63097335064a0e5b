package dev.tenon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.core.RetryableException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.Moment;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a caller hears of a commit whose connection is lost. */
@TenonTest(schema = NotesSchema.class)
class LostReplyTest {

  private static final UUID ACME = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");

  private FaultProxy network;
  private Database far;
  private TenantSession acme;

  @BeforeEach
  void connect_by_way_of_a_network(TestDatabase made) {
    network = FaultProxy.to(made.server());
    far =
        Database.open(
            DatabaseConfig.url(network.reroute(made.url()))
                .user(made.application().user())
                .password(made.application().password())
                .poolSize(2)
                .build());
    acme = TenantDatabase.on(far).as(ACME);
  }

  @AfterEach
  void disconnect() {
    far.close();
    network.close();
  }

  @Test
  void a_commit_whose_reply_is_lost_is_unknown_and_applied(TenantDatabase near) {
    network.on(Moment.beforeReply("COMMIT")).resetPeer();
    assertThatThrownBy(() -> acme.transaction(transaction -> insert(transaction.sql())))
        .isInstanceOf(OutcomeUnknownException.class);
    assertThat(notes(near)).isEqualTo(1L);
  }

  @Test
  void a_single_statement_whose_reply_is_lost_is_unknown_and_applied(TenantDatabase near) {
    network.on(Moment.beforeReply("INSERT")).resetPeer();
    assertThatThrownBy(() -> insert(acme.sql())).isInstanceOf(OutcomeUnknownException.class);
    assertThat(notes(near)).isEqualTo(1L);
  }

  @Test
  void a_connection_lost_before_the_commit_is_sent_is_retryable_and_leaves_nothing(
      TenantDatabase near) {
    network.on(Moment.afterReply("INSERT")).resetPeer();
    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      insert(transaction.sql());
                      insert(transaction.sql());
                    }))
        .isInstanceOf(RetryableException.class);
    assertThat(notes(near)).isEqualTo(0L);
  }

  @Test
  void a_connection_lost_at_the_beginning_is_retryable_and_the_retry_succeeds(TenantDatabase near) {
    network.on(Moment.statement("begin")).resetPeer();
    assertThatThrownBy(() -> acme.transaction(transaction -> insert(transaction.sql())))
        .isInstanceOf(RetryableException.class);
    assertThat(notes(near)).isEqualTo(0L);
    acme.transaction(transaction -> insert(transaction.sql()));
    assertThat(notes(near)).isEqualTo(1L);
  }

  private static void insert(org.jooq.DSLContext sql) {
    sql.execute("insert into notes (body) values ('mine')");
  }

  private static Object notes(TenantDatabase near) {
    return near.as(ACME).sql().fetchValue("select count(*) from notes");
  }
}
