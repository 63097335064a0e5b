package dev.tenon.core;

import static dev.tenon.core.Hosts.CORES;
import static dev.tenon.core.Hosts.ID;
import static dev.tenon.core.Hosts.NAME;
import static dev.tenon.core.Hosts.REPOSITORY;
import static dev.tenon.core.Hosts.VERSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tenon.core.Hosts.Host;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PatchTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  @Test
  void writes_the_named_columns_only_and_counts_the_version() {
    Host host = insert("alpha");
    REPOSITORY.update(database.get(), host.withCores(8));
    Host patched = REPOSITORY.patch(database.get(), host.id(), Patch.of(NAME, "beta"));
    assertThat(patched).isEqualTo(new Host(host.id(), "beta", 8, host.seenAt(), 3));
    assertThat(REPOSITORY.get(database.get(), host.id())).isEqualTo(patched);
  }

  @Test
  void writes_several_columns_and_null() {
    Host host = insert("alpha");
    assertThat(
            REPOSITORY.patch(
                database.get(), host.id(), Patch.of(CORES, null).set(NAME, "x").set(NAME, "y"), 1))
        .isEqualTo(new Host(host.id(), "y", null, host.seenAt(), 2));
  }

  @Test
  void refuses_a_stale_version_with_what_it_expected_and_found() {
    Host host = insert("alpha");
    REPOSITORY.patch(database.get(), host.id(), Patch.of(CORES, 8), 1);
    StaleVersionException stale =
        catchThrowableOfType(
            StaleVersionException.class,
            () -> REPOSITORY.patch(database.get(), host.id(), Patch.of(CORES, 16), 1));
    assertThat(List.of(stale.id(), stale.expected(), stale.actual()))
        .containsExactly(host.id(), 1L, 2L);
    assertThat(stale)
        .hasMessage(
            """
            Host %s has version 2, not 1
              where: Repository of Host.patch
              why: somebody else changed it since it was read
              fix: read it again, apply the change to what it is now, and update that"""
                .formatted(host.id()));
  }

  @Test
  void names_the_row_that_does_not_exist() {
    assertThatThrownBy(() -> REPOSITORY.patch(database.get(), UuidV7.next(), Patch.of(CORES, 8), 1))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void refuses_a_column_that_the_record_does_not_have() {
    assertRefused(
        Patch.of(DSL.field(DSL.name("nome"), SQLDataType.VARCHAR), "x"),
        """
        there is no column nome
          where: Repository of Host.patch
          why: no component of Host maps to it
          fix: patch one of [id, name, cores, seen_at, version]""");
    assertRefused(
        Patch.of(DSL.field(DSL.name("a".repeat(64)), SQLDataType.VARCHAR), "x"),
        "there is no column " + "a".repeat(64));
    assertRefused(
        Patch.of(DSL.field(DSL.name("\"\"\n"), SQLDataType.VARCHAR), "x"),
        "there is no column \"\" ");
  }

  @Test
  void refuses_the_columns_that_say_whose_and_which_row_it_is() {
    assertRefused(
        Patch.of(ID, UuidV7.next()),
        """
        the column id cannot be patched
          where: Repository of Host.patch
          why: it is the id column, which the repository writes itself
          fix: leave it out of the patch""");
    assertRefused(Patch.of(VERSION, 7), "it is the version column");
  }

  @Test
  void refuses_an_empty_patch() {
    assertRefused(
        Patch.empty(),
        """
        the patch is empty
          where: Repository of Host.patch
          why: it names no column
          fix: set at least one column, or do not call patch where nothing changes""");
  }

  @Test
  void refuses_a_value_of_another_type() {
    assertRefused(
        Patch.of(DSL.field(DSL.name("cores"), SQLDataType.VARCHAR), "8"),
        "the value of cores is a String");
  }

  @Test
  void refuses_null_where_the_field_or_the_component_is_not_null() {
    Field<String> name = DSL.field(DSL.name("name"), SQLDataType.VARCHAR.notNull());
    assertThatThrownBy(() -> REPOSITORY.patch(database.get(), UuidV7.next(), Patch.of(name, null)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessage(
            """
            the column name cannot become null
              where: Repository of Host.patch
              why: its field or its component is declared not null
              fix: give it a value, or declare the component and the field nullable""");
    assertThatThrownBy(() -> SIZED.patch(database.get(), UuidV7.next(), Patch.of(CORES, null)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the column cores cannot become null");
  }

  enum Size {
    SMALL,
    LARGE
  }

  record Sized(UUID id, Size name, int cores, Instant seenAt) {}

  private static final Repository<Sized, UUID> SIZED =
      Repository.of(Hosts.HOSTS, Sized.class).id(ID).shared().build();

  @Test
  void takes_the_label_of_an_enumeration() {
    Host host = insert("SMALL");
    assertThat(SIZED.patch(database.get(), host.id(), Patch.of(NAME, "LARGE")).name())
        .isEqualTo(Size.LARGE);
    assertThatThrownBy(() -> SIZED.patch(database.get(), host.id(), Patch.of(NAME, "HUGE")))
        .isInstanceOf(InvalidDataException.class)
        .hasMessage(
            """
            'HUGE' is no label of name
              where: Repository of Sized.patch
              why: its component is a Size, which does not name it
              fix: pass a constant of Size, or one of the labels [SMALL, LARGE]""");
    Field<Integer> number = DSL.field(DSL.name("name"), SQLDataType.INTEGER);
    assertThatThrownBy(() -> SIZED.patch(database.get(), host.id(), Patch.of(number, 1)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the value of name is a Integer")
        .hasMessageContaining("one of the labels [SMALL, LARGE]");
  }

  @Test
  void a_version_cannot_be_expected_where_none_is_counted() {
    assertThatThrownBy(() -> SIZED.patch(database.get(), UuidV7.next(), Patch.of(CORES, 8), 1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a version is expected of a row that has none");
  }

  record Counted(UUID id, String name, Integer cores, Instant seenAt, Integer version) {}

  @SuppressWarnings("NullAway")
  @Test
  void a_version_that_is_null_is_refused_before_any_io() {
    Repository<Counted, UUID> rows =
        Repository.of(Hosts.HOSTS, Counted.class).id(ID).version(VERSION).shared().build();
    Counted record = new Counted(UuidV7.next(), "alpha", 1, Instant.EPOCH, null);
    Map<String, org.assertj.core.api.ThrowableAssert.ThrowingCallable> works =
        Map.of(
            "insert", () -> rows.insert(database.get(), record),
            "update", () -> rows.update(database.get(), record),
            "upsert", () -> rows.upsert(database.get(), record),
            "insertAll", () -> rows.insertAll(database.get(), List.of(record)),
            "updateAll", () -> rows.updateAll(database.get(), List.of(record), OnStale.REPORT),
            "upsertAll", () -> rows.upsertAll(database.get(), List.of(record)));
    works.forEach(
        (operation, work) ->
            assertThatThrownBy(work)
                .isInstanceOf(InvalidDataException.class)
                .hasMessage(
                    """
                    Counted %s has no version
                      where: Repository of Counted.%s
                      why: its version is null, so nobody could tell whether the row was changed meanwhile
                      fix: give a new row the version 1, and keep the version of a row that was read"""
                        .formatted(record.id(), operation)));
  }

  private void assertRefused(Patch patch, String message) {
    Host host = insert(UuidV7.next().toString());
    assertThatThrownBy(() -> REPOSITORY.patch(database.get(), host.id(), patch))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
    assertThat(REPOSITORY.get(database.get(), host.id())).isEqualTo(host);
  }

  private Host insert(String name) {
    Host host = Host.named(name);
    REPOSITORY.insert(database.get(), host);
    return host;
  }
}
