package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The server repeats in some texts the value that it refused; what Tenon says does not. */
class ErrorTextsTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "22P02 | select cast({0} as integer) | my secret",
        "22003 | select cast({0} as integer) | 99999999999",
        "22007 | select cast({0} as date) | my secret",
        "22008 | select cast({0} as date) | 2026-02-31",
        "22009 | select cast({0} as timestamptz) | 2026-01-01 00:00:00+99:00",
        "22015 | select cast({0} as interval) | 99999999999999 days",
        "22023 | select now() at time zone {0} | my/secret",
        "22023 | select set_config('statement_timeout', {0}, true) | my secret",
        "22023 | select date_trunc({0}, now()) | my_secret",
        "42601 | select to_tsquery('simple', {0}) | my secret",
        "42601 | select cast({0} as tsvector) | 'my secret",
        "42601 | select cast({0} as jsonpath) | $.my secret"
      })
  void no_value_is_in_the_text_of_an_error(String state, String sql, String value) {
    assertThatThrownBy(() -> database.get().sql().fetch(sql, DSL.val(value)))
        .isInstanceOf(InvalidDataException.class)
        .satisfies(
            error -> {
              assertThat(((TenonException) error).sqlState()).contains(state);
              assertThat(error.getMessage())
                  .doesNotContain(value)
                  .doesNotContain(value.substring(value.length() - 5));
            });
  }

  @Test
  void a_transaction_that_failed_before_says_what_to_do() {
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction -> {
                          assertThatThrownBy(() -> transaction.sql().fetch("select 1 / 0"))
                              .isInstanceOf(InvalidDataException.class);
                          transaction.sql().fetch("select 1");
                        }))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("run what may fail within Transaction.savepoint");
  }

  @Test
  void the_syntax_of_a_statement_is_still_told() {
    assertThatThrownBy(() -> database.get().sql().fetch("select 1 frum pg_class"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("\"pg_class\"");
  }

  @Test
  void a_query_text_that_is_none_is_bad_data_and_the_fix_names_what_takes_any() {
    InvalidDataException refused =
        catchThrowableOfType(
            InvalidDataException.class,
            () -> database.get().sql().fetch("select to_tsquery({0})", DSL.val("a b")));
    assertThat(refused.problem().fix()).contains("websearch_to_tsquery");
  }
}
