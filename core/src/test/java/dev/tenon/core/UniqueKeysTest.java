package dev.tenon.core;

import static dev.tenon.core.Hosts.CORES;
import static dev.tenon.core.Hosts.HOSTS;
import static dev.tenon.core.Hosts.ID;
import static dev.tenon.core.Hosts.NAME;
import static dev.tenon.core.Hosts.VERSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Hosts.Host;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UniqueKeysTest {

  private static final Repository<Host, UUID> ROWS =
      Repository.of(HOSTS, Host.class)
          .id(ID)
          .version(VERSION)
          .unique(NAME)
          .unique(CORES, NAME)
          .shared()
          .build();

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  @Test
  void an_upsert_meets_the_row_of_a_unique_key_which_keeps_its_identifier() {
    Host first = Host.named("alpha");
    assertThat(ROWS.upsert(database.get(), first, NAME)).isEqualTo(first);
    Host second = Host.named("alpha").withCores(8);
    assertThat(ROWS.upsert(database.get(), second, NAME))
        .isEqualTo(new Host(first.id(), "alpha", 8, second.seenAt(), 2));
    assertThat(ROWS.count(database.get(), NAME.eq("alpha"))).isEqualTo(1);
  }

  @Test
  void many_upserts_meet_the_rows_of_a_unique_key() {
    Host alpha = Host.named("alpha");
    ROWS.insert(database.get(), alpha);
    ROWS.upsertAll(
        database.get(), List.of(Host.named("beta"), Host.named("alpha").withCores(8)), NAME);
    assertThat(ROWS.get(database.get(), alpha.id()))
        .isEqualTo(new Host(alpha.id(), "alpha", 8, alpha.seenAt(), 2));
    assertThatThrownBy(
            () ->
                ROWS.upsertAll(
                    database.get(), List.of(Host.named("gamma"), Host.named("gamma")), NAME))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("is given more than once");
  }

  @Test
  void records_with_a_null_in_the_key_are_no_doubles_as_nulls_do_not_conflict() {
    Repository<Numbered, UUID> rows =
        Repository.of(DSL.table(DSL.name("numbered")), Numbered.class)
            .id(ID)
            .unique(NAME, CORES)
            .shared()
            .build();
    database
        .get()
        .sql()
        .execute("create table numbered (id uuid primary key, name text, cores int)");
    database.get().sql().execute(rows.uniqueSql());
    List<Numbered> some =
        List.of(
            new Numbered(UuidV7.next(), "a", null),
            new Numbered(UuidV7.next(), "a", null),
            new Numbered(UuidV7.next(), null, null),
            new Numbered(UuidV7.next(), null, null),
            new Numbered(UuidV7.next(), null, 1),
            new Numbered(UuidV7.next(), null, 1),
            new Numbered(UuidV7.next(), "a", 1));
    rows.upsertAll(database.get(), some, NAME, CORES);
    assertThat(rows.findAll(database.get(), some.stream().map(Numbered::id).toList()))
        .isEqualTo(some);
    assertThatThrownBy(
            () ->
                rows.upsertAll(
                    database.get(),
                    List.of(
                        new Numbered(UuidV7.next(), "a", 1), new Numbered(UuidV7.next(), "a", 1)),
                    NAME,
                    CORES))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("is given more than once");
  }

  record Numbered(UUID id, @Nullable String name, @Nullable Integer cores) {}

  @Test
  void refuses_a_key_that_was_not_declared() {
    assertThatThrownBy(() -> ROWS.upsert(database.get(), Host.named("alpha"), CORES))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            """
            the columns [cores] are no declared key
              where: Repository of Host.upsert
              why: an upsert meets the rows of a unique index, and its SQL is rendered beforehand
              fix: call unique(columns) before build()""");
    assertThatThrownBy(() -> ROWS.upsertAll(database.get(), List.of(Host.named("alpha")), VERSION))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Repository of Host.upsertAll");
  }

  @Test
  void the_columns_of_a_key_may_come_in_any_order() {
    database.get().sql().execute(ROWS.uniqueSql());
    Host alpha = Host.named("alpha");
    ROWS.insert(database.get(), alpha);
    assertThat(ROWS.upsert(database.get(), Host.named("alpha"), NAME, CORES).id())
        .isEqualTo(alpha.id());
  }

  @Test
  void says_the_indexes_that_its_keys_need() {
    assertThat(ROWS.uniqueSql())
        .isEqualTo(
            """
            create unique index on "hosts" ("name");
            create unique index on "hosts" ("cores", "name");
            """);
    assertThat(
            Repository.of(HOSTS, Host.class)
                .id(ID)
                .unique(NAME)
                .softDelete(DSL.field(DSL.name("seen_at"), Instant.class))
                .build()
                .uniqueSql())
        .isEqualTo(
            """
            create unique index on "hosts" ("tenant_id", "name") where "deleted_at" is null;
            """
                .replace("deleted_at", "seen_at"));
  }

  @Test
  void refuses_two_roles_for_one_column() {
    assertThatThrownBy(
            () ->
                Repository.of(HOSTS, Host.class).id(ID).version(VERSION).updatedBy(VERSION).build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the column version has two roles");
  }

  @Test
  void refuses_a_key_without_columns() {
    assertThatThrownBy(() -> Repository.of(HOSTS, Host.class).id(ID).unique())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the key has no columns");
  }
}
