package dev.tenon.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.testkit.QueryLog.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatementTextTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "select 1 | SELECT",
        "  (select 1) union (select 2) | SELECT",
        "/* a comment */ INSERT INTO t VALUES (1) | INSERT",
        "with x as (delete from t returning *) insert into u select * from x | INSERT",
        "with x as (select 'update') select * from \"delete\" | SELECT",
        "with \"delete\" as (select 1) select * from \"delete\" | SELECT",
        "with recursive x as (select 1) merge into t using x on true when matched then do nothing | MERGE",
        "COPY t FROM STDIN | COPY",
        "start transaction | BEGIN",
        "END | COMMIT",
        "rollback to savepoint a | OTHER",
        "abort | ROLLBACK",
        "select set_config('app.current_tenant', $1, true) | SETTING",
        "select set_configured from t | SELECT",
        "set local work_mem = '4MB' | SETTING",
        "explain select 1 | OTHER",
      })
  void tells_what_a_statement_does(String sql, Kind kind) {
    assertThat(StatementText.kind(sql)).isEqualTo(kind);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "select * from t where a = 1 and b = 'x''y' | SELECT * from T where a = $1  and b = $2",
        "select * from t where a in (1, 2, 3) | select * from t where a in ($1)",
        "insert into t values ($1, $2), ($3, $4) | insert into t values ($1, $2)",
        "select a -- the a | select a",
        "select a /* the a */ from t | select a from t",
        "select $$it's$$ from t1 | select 'x' from t1",
      })
  void gives_statements_that_differ_in_values_the_same_shape(String one, String other) {
    assertThat(StatementText.shape(one)).isEqualTo(StatementText.shape(other));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "select a from t1 | select a from t2",
        "select \"A\" from t | select \"a\" from t",
        "select a from t where b = 1 | select a from t where c = 1",
      })
  void keeps_different_statements_apart(String one, String other) {
    assertThat(StatementText.shape(one)).isNotEqualTo(StatementText.shape(other));
  }
}
