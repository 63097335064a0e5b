package dev.tenon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.QueryLog.Kind;
import dev.tenon.testkit.QueryLog.Query;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

@TenonTest(schema = NotesSchema.class)
class QueryLogTest {

  private static final UUID ACME = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");

  private static final Table<?> NOTES = DSL.table(DSL.name("notes"));
  private static final Field<String> BODY = DSL.field(DSL.name("body"), SQLDataType.CLOB);

  @BeforeEach
  void writes_one_note_before_the_log_begins(TenantDatabase tenants) {
    tenants.as(ACME).sql().execute("insert into notes (body) values ('before')");
  }

  @Test
  void begins_empty(QueryLog queries) {
    assertThat(queries.queries()).isEmpty();
    assertThat(queries).hasRoundTrips(0).hasNoRepeatedShape();
  }

  @Test
  void counts_by_kind_with_begin_and_commit_in_one_round_trip(
      TenantDatabase tenants, QueryLog queries) {
    bodies(tenants.as(ACME), "before");
    assertThat(queries)
        .hasSelects(1)
        .hasInserts(0)
        .hasCount(Kind.BEGIN, 1)
        .hasCount(Kind.SETTING, 1)
        .hasCount(Kind.COMMIT, 1)
        .hasRoundTrips(1);
    assertThat(queries.queries())
        .extracting(Query::shape)
        .contains("select \"body\" from \"notes\" where \"body\" = ?");
  }

  @Test
  void a_query_in_a_loop_is_a_repeated_shape(TenantDatabase tenants, QueryLog queries) {
    TenantSession acme = tenants.as(ACME);
    for (String body : new String[] {"one", "two", "three"}) {
      bodies(acme, body);
    }
    assertThat(queries).hasSelects(3);
    assertThat(queries.repeatedShapes()).containsValue(3).hasSize(1);
    assertThatThrownBy(() -> assertThat(queries).hasNoRepeatedShape())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("select \"body\" from \"notes\" where \"body\" = ?")
        .hasMessageContaining("a join or \"= any(?)\"")
        .hasMessageNotContaining("batch");
  }

  @Test
  void a_write_in_a_loop_is_advised_to_be_a_batch(TenantDatabase tenants, QueryLog queries) {
    TenantSession acme = tenants.as(ACME);
    for (String body : new String[] {"one", "two"}) {
      acme.sql().insertInto(NOTES).columns(BODY).values(body).execute();
    }
    assertThatThrownBy(() -> assertThat(queries).hasNoRepeatedShape())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("with a batch or \"select … from unnest(?)\"")
        .hasMessageNotContaining("join");
  }

  @Test
  void a_batch_is_one_round_trip_and_no_loop(TenantDatabase tenants, QueryLog queries) {
    tenants
        .as(ACME)
        .transaction(
            transaction ->
                transaction
                    .sql()
                    .batch(transaction.sql().insertInto(NOTES).columns(BODY).values((String) null))
                    .bind("one")
                    .bind("two")
                    .bind("three")
                    .execute());
    assertThat(queries).hasInserts(3).hasNoRepeatedShape();
  }

  @Test
  void copy_is_seen(TenantDatabase tenants, QueryLog queries) {
    tenants
        .as(ACME)
        .transaction(
            transaction ->
                transaction.jdbc(
                    connection -> {
                      return copy(connection);
                    }));
    assertThat(queries).hasCount(Kind.COPY, 1).hasInserts(0);
  }

  @Test
  void a_wrong_count_shows_every_statement(TenantDatabase tenants, QueryLog queries) {
    bodies(tenants.as(ACME), "before");
    assertThatThrownBy(() -> assertThat(queries).hasSelects(2))
        .hasMessageContaining("Expected 2 of kind SELECT, but there were 1")
        .hasMessageContaining("select \"body\" from \"notes\"");
    assertThatThrownBy(() -> assertThat(queries).hasRoundTrips(7))
        .hasMessageContaining("Expected 7 round trips, but there were 1");
  }

  @Test
  void cleared_it_counts_from_there(TenantDatabase tenants, QueryLog queries) {
    bodies(tenants.as(ACME), "before");
    queries.clear();
    tenants.as(ACME).sql().execute("delete from notes");
    assertThat(queries).hasSelects(0).hasDeletes(1).hasUpdates(0).hasRoundTrips(1);
  }

  private static void bodies(TenantSession session, String body) {
    session.sql().select(BODY).from(NOTES).where(BODY.eq(body)).fetch();
  }

  private static long copy(Connection connection) throws SQLException {
    try {
      return connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyOut("copy (select body from notes) to stdout", OutputStream.nullOutputStream());
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
