package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.kagkarlsson.scheduler.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PurgeJobsTest {

  private static final Table<Record> NOTES = DSL.table(DSL.name("public", "notes"));
  private static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  private static final Field<Instant> DELETED_AT =
      DSL.field(DSL.name("deleted_at"), SQLDataType.INSTANT);

  private static final Repository<Note, UUID> ROWS =
      Repository.of(NOTES, Note.class).id(ID).softDelete(DELETED_AT, Duration.ofDays(1)).build();

  private static final Migrations MIGRATIONS =
      Migrations.named("notes")
          .script(
              "V1__notes.sql",
              """
              create table public.notes (
                tenant_id uuid, id uuid, text text not null, deleted_at timestamptz,
                primary key (tenant_id, id));
              create table public.remarks (
                tenant_id uuid, note_id uuid, foreign key (tenant_id, note_id) references public.notes);
              """);

  record Note(UUID id, String text) {}

  private final TenantId acme = new TenantId(UuidV7.next());
  private final TenantId globex = new TenantId(UuidV7.next());

  @RegisterExtension
  final FreshDatabase database = FreshDatabase.with(Operations.migrations(), MIGRATIONS);

  @Test
  void the_trash_of_every_tenant_is_emptied() {
    inTrash(acme, "2 days");
    inTrash(globex, "2 days");
    inTrash(globex, "1 hour");
    Scheduler scheduler =
        ScheduledTasks.start(database.get(), PurgeJobs.trash(ROWS, this::sessions));
    try {
      Waiting.until(() -> stored() == 1);
    } finally {
      scheduler.stop();
    }
    assertThat(ROWS.trash(database.session(globex), Page.Request.of(10)).rows()).hasSize(1);
  }

  @Test
  void a_tenant_whose_rows_cannot_go_holds_back_no_other_and_the_run_fails() {
    UUID kept = inTrash(acme, "2 days");
    inTrash(globex, "2 days");
    database.get().sql().execute("insert into public.remarks values (?, ?)", acme.value(), kept);
    Scheduler scheduler =
        ScheduledTasks.start(database.get(), PurgeJobs.trash(ROWS, this::sessions));
    try {
      Waiting.until(
          () -> ScheduledTasks.failures(database.get(), "tenon-trash-purge-public.notes") == 1);
    } finally {
      scheduler.stop();
    }
    assertThat(stored()).isEqualTo(1);
  }

  @Test
  void sessions_are_asked_for_at_each_run_and_closed() {
    AtomicInteger closed = new AtomicInteger();
    Scheduler scheduler =
        ScheduledTasks.start(
            database.get(),
            PurgeJobs.trash(ROWS, () -> sessions().onClose(closed::incrementAndGet)));
    try {
      Waiting.until(() -> closed.get() == 1);
    } finally {
      scheduler.stop();
    }
  }

  @Test
  void old_keys_of_operations_are_forgotten() {
    for (String key : new String[] {"old", "young"}) {
      database
          .get()
          .transaction(Transaction.Options.defaults().withOperation(key), transaction -> {});
      database
          .get()
          .sql()
          .execute(
              "update tenon.operation set recorded_at = recorded_at - interval '1 day' where"
                  + " ? = 'old'",
              key);
    }
    Scheduler scheduler =
        ScheduledTasks.start(
            database.get(), PurgeJobs.operations(database.get(), Duration.ofHours(1)));
    try {
      Waiting.until(() -> !database.get().isApplied("old"));
    } finally {
      scheduler.stop();
    }
    assertThat(database.get().isApplied("young")).isTrue();
  }

  @Test
  void what_cannot_be_purged_is_refused_before_it_is_scheduled() {
    Repository<Note, UUID> lasting = Repository.of(NOTES, Note.class).id(ID).build();

    assertThatThrownBy(() -> PurgeJobs.trash(lasting, this::sessions))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the repository has no trash");
    assertThatThrownBy(() -> PurgeJobs.operations(database.get(), Duration.ZERO))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("PurgeJobs.operations is given an age of PT0S");
  }

  private Stream<Session> sessions() {
    return Stream.of(acme, globex).map(database::session);
  }

  private long stored() {
    return database.get().sql().fetchCount(NOTES);
  }

  private UUID inTrash(TenantId tenant, String since) {
    Session session = database.session(tenant);
    Note note = new Note(UuidV7.next(), "text");
    ROWS.insert(session, note);
    ROWS.delete(session, note.id());
    database
        .get()
        .sql()
        .execute(
            "update public.notes set deleted_at = now() - ?::interval where id = ?",
            since,
            note.id());
    return note.id();
  }
}
