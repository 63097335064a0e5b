package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SoftDeleteTest {

  private static final Table<Record> USERS = DSL.table(DSL.name("users"));
  private static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  private static final Field<String> EMAIL = DSL.field(DSL.name("email"), SQLDataType.VARCHAR);
  private static final Field<Integer> VERSION = DSL.field(DSL.name("version"), SQLDataType.INTEGER);
  private static final Field<Instant> DELETED_AT =
      DSL.field(DSL.name("deleted_at"), SQLDataType.INSTANT);

  private static final Repository<User, UUID> ROWS =
      Repository.of(USERS, User.class)
          .id(ID)
          .version(VERSION)
          .unique(EMAIL)
          .softDelete(DELETED_AT)
          .shared()
          .build();

  private static final Migrations MIGRATIONS =
      Migrations.named("users")
          .script(
              "V1__users.sql",
              """
              create table users (
                id uuid primary key, email text not null, version int not null,
                deleted_at timestamptz);
              """
                  + ROWS.uniqueSql());

  record User(UUID id, String email, int version, @Nullable Instant deletedAt) {
    static User of(String email) {
      return new User(UuidV7.next(), email, 1, Instant.EPOCH);
    }

    User read(int counted) {
      return new User(id, email, counted, null);
    }
  }

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(MIGRATIONS);

  @Test
  void a_deleted_row_is_seen_by_nothing_but_the_trash() {
    User user = insert("a");
    assertThat(ROWS.delete(database.get(), user.id())).isTrue();
    assertGone(user);
    assertThat(ROWS.trash(database.get(), Page.Request.of(10)).rows())
        .singleElement()
        .satisfies(
            trashed -> {
              assertThat(trashed.version()).isEqualTo(2);
              assertThat(trashed.deletedAt()).isAfter(Instant.EPOCH);
            });
    assertThat(ROWS.delete(database.get(), user.id())).isFalse();
  }

  @Test
  void many_deleted_rows_are_in_the_trash_too() {
    List<User> users = IntStream.range(0, 7).mapToObj(i -> insert("a" + i)).toList();
    List<UUID> ids = users.stream().map(User::id).toList();
    ROWS.delete(database.get(), ids.get(0));
    assertThat(ROWS.deleteAll(database.get(), ids)).isEqualTo(6);
    users.forEach(this::assertGone);
    Page.Request request = Page.Request.of(4);
    Page<User> first = ROWS.trash(database.get(), request);
    Page<User> second = ROWS.trash(database.get(), request.after(first.next().orElseThrow()));
    assertThat(Stream.of(first, second).flatMap(page -> page.rows().stream()).map(User::id))
        .containsExactlyElementsOf(ids);
    assertThat(first.rows()).allMatch(user -> user.version() == 2);
  }

  private void assertGone(User user) {
    assertThat(ROWS.find(database.get(), user.id())).isEmpty();
    assertThat(ROWS.exists(database.get(), user.id())).isFalse();
    assertThat(ROWS.findAll(database.get(), List.of(user.id()))).isEmpty();
    assertThat(ROWS.count(database.get(), DSL.noCondition())).isZero();
    assertThat(ROWS.list(database.get(), DSL.noCondition())).isEmpty();
    assertThat(ROWS.page(database.get(), Page.Request.of(10)).rows()).isEmpty();
    assertThat(
            ROWS.<Long, RuntimeException>stream(database.get(), DSL.noCondition(), Stream::count))
        .isZero();
    database
        .get()
        .transaction(
            transaction -> {
              assertThat(ROWS.lock(transaction, user.id())).isEqualTo(Optional.empty());
              assertThat(ROWS.claim(transaction, DSL.noCondition(), 10)).isEmpty();
            });
  }

  @Test
  void a_deleted_row_is_not_written() {
    User user = insert("a");
    ROWS.delete(database.get(), user.id());
    User read = user.read(2);
    assertThatThrownBy(() -> ROWS.update(database.get(), read))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> ROWS.patch(database.get(), user.id(), Patch.of(EMAIL, "b"), 2))
        .isInstanceOf(NotFoundException.class);
    assertThat(ROWS.updateAll(database.get(), List.of(read), OnStale.REPORT).missing())
        .containsExactly(user.id());
    assertThatThrownBy(() -> ROWS.upsert(database.get(), read))
        .isInstanceOf(InvalidDataException.class)
        .hasMessage(
            """
            User %s is in the trash
              where: Repository of User.upsert
              why: it was deleted, and its grace is not over
              fix: restore it before it is written again; a purge takes it once its grace is over"""
                .formatted(user.id()));
    assertThatThrownBy(() -> ROWS.upsertAll(database.get(), List.of(insert("c"), read)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the server wrote 1 of 2 rows")
        .hasMessageContaining("in the trash");
    assertThat(ROWS.restore(database.get(), user.id())).isEqualTo(user.read(3));
  }

  @Test
  void the_column_cannot_be_written_or_patched() {
    User user = insert("a");
    ROWS.update(database.get(), user);
    ROWS.upsert(database.get(), user);
    ROWS.insertAll(database.get(), List.of(User.of("b")));
    assertThat(ROWS.count(database.get(), DSL.noCondition())).isEqualTo(2);
    assertThatThrownBy(
            () -> ROWS.patch(database.get(), user.id(), Patch.of(DELETED_AT, Instant.EPOCH)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the column deleted_at cannot be patched");
  }

  @Test
  void restores_a_row_once() {
    User user = insert("a");
    ROWS.delete(database.get(), user.id());
    assertThat(ROWS.restore(database.get(), user.id())).isEqualTo(user.read(3));
    assertThat(ROWS.find(database.get(), user.id())).contains(user.read(3));
    assertThatThrownBy(() -> ROWS.restore(database.get(), user.id()))
        .isInstanceOf(NotFoundException.class)
        .hasMessage(
            """
            there is no User %s in the trash
              where: Repository of User.restore
              why: it was not deleted, was purged, or belongs to another tenant
              fix: check the identifier and the tenant of the session"""
                .formatted(user.id()));
  }

  @Test
  void a_deleted_row_does_not_hold_its_unique_values_and_cannot_take_them_back() {
    User user = insert("a");
    ROWS.delete(database.get(), user.id());
    User other = User.of("a");
    assertThat(ROWS.upsert(database.get(), other, EMAIL).id()).isEqualTo(other.id());
    ROWS.upsertAll(database.get(), List.of(User.of("a")), EMAIL);
    assertThatThrownBy(() -> ROWS.restore(database.get(), user.id()))
        .isInstanceOf(InvalidDataException.class)
        .satisfies(error -> assertThat(((TenonException) error).sqlState()).contains("23505"))
        .hasMessage(
            """
            User %s cannot be restored
              where: update users, Repository of User.restore
              why: another row has taken its unique value meanwhile: SQLSTATE 23505, constraint users_email_idx, table users
              fix: give the other row another value, or leave this one in the trash"""
                .formatted(user.id()));
    ROWS.delete(database.get(), other.id());
    assertThat(ROWS.restore(database.get(), user.id()).email()).isEqualTo("a");
  }

  @Test
  void purges_the_rows_whose_grace_is_over() {
    List<User> users = IntStream.range(0, 5_010).mapToObj(i -> User.of("a" + i)).toList();
    ROWS.insertAll(database.get(), users);
    ROWS.deleteAll(database.get(), users.subList(1, 5_010).stream().map(User::id).toList());
    assertThat(ROWS.purge(database.get())).isZero();
    database
        .get()
        .sql()
        .execute(
            "update users set deleted_at = now() - interval '30 days' where email not in ('a1')"
                + " and deleted_at is not null");
    assertThat(ROWS.purge(database.get())).isEqualTo(5_008);
    assertThat(ROWS.trash(database.get(), Page.Request.of(10)).rows())
        .extracting(User::email)
        .containsExactly("a1");
    assertThat(ROWS.exists(database.get(), users.get(0).id())).isTrue();
  }

  @Test
  void a_grace_of_one_s_own_choice_counts() {
    Repository<User, UUID> rows =
        Repository.of(USERS, User.class)
            .id(ID)
            .softDelete(DELETED_AT, Duration.ZERO)
            .shared()
            .build();
    User user = insert("a");
    rows.delete(database.get(), user.id());
    assertThat(rows.purge(database.get())).isEqualTo(1);
    assertThatThrownBy(
            () ->
                Repository.of(USERS, User.class).id(ID).softDelete(DELETED_AT, Duration.ofDays(-1)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the grace is PT-24H");
  }

  @Test
  void there_is_no_trash_where_none_was_declared() {
    Repository<User, UUID> rows = Repository.of(USERS, User.class).id(ID).shared().build();
    for (org.assertj.core.api.ThrowableAssert.ThrowingCallable work :
        List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
            () -> rows.restore(database.get(), UuidV7.next()),
            () -> rows.trash(database.get(), Page.Request.of(1)),
            () -> rows.purge(database.get()))) {
      assertThatThrownBy(work)
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("the repository has no trash");
    }
  }

  private User insert(String email) {
    User user = User.of(email);
    ROWS.insert(database.get(), user);
    return user;
  }

  @Test
  void rows_that_others_refer_to_keep_no_other_row_from_being_purged() {
    database.get().sql().execute("create table cards (holder uuid not null references users (id))");
    List<User> users = IntStream.range(0, 5_010).mapToObj(i -> User.of("old " + i)).toList();
    ROWS.insertAll(database.get(), users);
    List<UUID> referred = List.of(users.get(7).id(), users.get(5_001).id());
    referred.forEach(
        id -> database.get().sql().execute("insert into cards (holder) values (?)", id));
    ROWS.deleteAll(database.get(), users.stream().map(User::id).toList());
    database.get().sql().execute("update users set deleted_at = now() - interval '31 days'");
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction -> {
                          assertReferred(() -> ROWS.purge(transaction), referred);
                          assertThat(transaction.sql().fetchCount(USERS)).isEqualTo(2);
                          throw new IllegalStateException("undone");
                        }))
        .hasMessage("undone");
    assertReferred(() -> ROWS.purge(database.get()), referred);
    assertThat(database.get().sql().select(ID).from(USERS).fetch(ID))
        .containsExactlyInAnyOrderElementsOf(referred);
    database.get().sql().execute("delete from cards");
    assertThat(ROWS.purge(database.get())).isEqualTo(2);
  }

  private static void assertReferred(ThrowingCallable work, List<UUID> referred) {
    assertThatThrownBy(work)
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("2 rows of the trash cannot be removed")
        .hasMessageContaining(referred.get(0).toString())
        .hasMessageContaining(referred.get(1).toString())
        .hasMessageContaining("the 5008 others");
  }
}
