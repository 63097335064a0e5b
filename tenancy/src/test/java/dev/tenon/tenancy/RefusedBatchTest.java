package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Session;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The driver puts the whole statement, with its values, into the text of a batch that failed. */
class RefusedBatchTest {

  private static final String INSERT =
      "insert into customers (id, email) values (gen_random_uuid(), ?)";

  private static final List<Consumer<Session>> WAYS =
      List.of(
          session -> session.sql().batch(INSERT, new Object[][] {{"SECRET"}, {"SECRET"}}).execute(),
          session ->
              session.jdbc(
                  connection -> {
                    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
                      for (int i = 0; i < 2; i++) {
                        statement.setString(1, "SECRET");
                        statement.addBatch();
                      }
                      return statement.executeBatch();
                    }
                  }),
          session ->
              session.jdbc(
                  connection -> {
                    try (Statement statement = connection.createStatement()) {
                      statement.addBatch(INSERT.replace("?", "'SECRET'"));
                      statement.addBatch(INSERT.replace("?", "'SECRET'"));
                      return statement.executeLargeBatch();
                    }
                  }));

  private final Shop shop = new Shop();
  private final Database application = shop.open(shop.made().application());
  private final TenantSession acme = TenantDatabase.on(application).as(Fleet.ACME);

  @AfterEach
  void close() {
    application.close();
    shop.close();
  }

  @Test
  void a_refused_batch_says_what_a_refused_statement_says_and_none_of_its_values() {
    for (Consumer<Session> way : WAYS) {
      refuses(() -> way.accept(acme));
      refuses(() -> acme.transaction(way::accept));
    }
  }

  private static void refuses(Runnable batch) {
    assertThatThrownBy(batch::run)
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("duplicate key value violates unique constraint")
        .hasMessageContaining("SQLSTATE 23505, constraint ")
        .hasMessageContaining(", table customers")
        .hasMessageNotContaining("Batch entry")
        .hasMessageNotContaining("SECRET");
  }
}
