package dev.tenon.timeseries;

import static dev.tenon.timeseries.Samples.SAMPLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Capabilities;
import dev.tenon.core.Database;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Samples.OnPartitions.class)
final class PartitionHypertableTest extends HypertableContract {

  private static final String MAKE_ONE =
      "select samples_make_chunks(array[timestamptz '2026-11-20 12:00Z'])";

  @Nested
  final class Appends extends AppendContract {}

  @Nested
  final class Networks extends NetworkContract {}

  @Nested
  final class Reads extends ReadContract {}

  @Nested
  final class Buckets extends BucketContract {}

  @Nested
  final class Times extends TimesContract {}

  @Nested
  final class Tenants extends TenantContract {
    @Override
    boolean namesTenantsInChanges(Capabilities server) {
      return true;
    }
  }

  @Test
  void emits_the_script_for_the_server_at_hand(TestDatabase testDatabase) {
    try (Database owner = TestSchema.connect(testDatabase, testDatabase.owner())) {
      assertThat(SAMPLES.migrationSql(owner.capabilities()))
          .isEqualTo(SAMPLES.migrationSql(Samples.OnPartitions.CAPABILITIES));
    }
  }

  @Test
  void a_role_that_may_not_insert_makes_no_chunks(TestDatabase testDatabase) {
    try (Database reader = TestSchema.connect(testDatabase, testDatabase.createRole("reader"))) {
      assertThatThrownBy(() -> reader.sql().fetch(MAKE_ONE))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("permission denied to make chunks of public.samples");
    }
  }

  @Test
  void the_application_cannot_ask_for_chunks_without_bound(Database database) {
    assertThatThrownBy(
            () ->
                database
                    .sql()
                    .fetch(
                        """
                        select samples_make_chunks(array(
                          select timestamptz '2026-01-01Z' + n * interval '1 day'
                            from generate_series(1, 501) n))
                        """))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("500 chunks");
  }

  @Test
  void a_chunk_shows_nothing_even_to_a_role_that_reaches_it(
      TenantDatabase tenants, TestDatabase testDatabase) {
    SAMPLES.append(tenants.as(ACME), List.of(sample(0, "cpu", 1)));
    String role = testDatabase.application().user();
    try (Database owner = TestSchema.connect(testDatabase, testDatabase.owner())) {
      owner.transaction(
          transaction ->
              transaction
                  .sql()
                  .execute(
                      "grant usage on schema public_chunks to \"%1$s\";".formatted(role)
                          + " grant select on all tables in schema public_chunks to \"%1$s\""
                              .formatted(role)));
    }

    assertThat(
            tenants.as(OTHER).sql().fetch("select value from public_chunks.samples_20261120000000"))
        .isEmpty();
  }

  @Test
  void chunks_are_made_once_and_aligned(Database database, TestDatabase testDatabase) {
    database.sql().fetch(MAKE_ONE);
    database.sql().fetch(MAKE_ONE);

    assertThat(chunks(testDatabase)).containsExactly("public_chunks.samples_20261120000000");
  }

  @Test
  void the_date_style_and_zone_of_the_caller_do_not_move_a_chunk(TestDatabase testDatabase) {
    try (Database owner = TestSchema.connect(testDatabase, testDatabase.owner())) {
      owner.transaction(
          transaction ->
              transaction
                  .sql()
                  .execute(
                      """
                      create function misled() returns void language sql
                        set datestyle = 'SQL, DMY' set timezone = 'Asia/Kolkata'
                        as 'select samples_make_chunks(array[timestamptz ''2026-11-20 12:00Z''])'
                      """));
      owner.sql().fetch("select misled()");

      assertThat(
              owner
                  .sql()
                  .fetchSingle(
                      """
                      select pg_get_expr(c.relpartbound, c.oid) = format(
                               'FOR VALUES FROM (%L) TO (%L)',
                               timestamptz '2026-11-20 00:00Z', timestamptz '2026-11-21 00:00Z')
                        from pg_class c where c.relname = 'samples_20261120000000'
                      """)
                  .get(0, Boolean.class))
          .isTrue();
    }
  }
}
