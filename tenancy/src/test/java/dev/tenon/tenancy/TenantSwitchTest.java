package dev.tenon.tenancy;

import static dev.tenon.tenancy.Fleet.ACME;
import static dev.tenon.tenancy.Fleet.BOLT;
import static dev.tenon.tenancy.Fleet.HOSTS;
import static dev.tenon.tenancy.Fleet.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.Fleet.Host;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** SQL that gives a unit of work another tenant than its session says is a mistake. */
class TenantSwitchTest {

  private static final List<String> SWITCHES =
      List.of(
          "set local app.current_tenant = '%s'",
          "SET app.current_tenant TO '%s'",
          "set session App.Current_Tenant = '%s'",
          "set local \"app\".\"current_tenant\" = '%s'",
          "set local \"app.current_tenant\" = '%s'",
          "set local app . current_tenant = '%s'",
          "set /* a /* b */ c */ local -- d\n app.current_tenant = '%s'",
          "reset app.current_tenant",
          "RESET \"app\".current_tenant",
          "reset all",
          "-- all\nreset /* */ ALL",
          "select set_config('app.current_tenant', '%s', true)",
          "select pg_catalog.SET_CONFIG ( 'APP.current_tenant' , '%s', true)",
          "select \"set_config\"(/* , */ E'app.current_tenant', '%s', true)",
          "select set_config(setting_name => 'app.current_tenant', new_value => '%s', is_local => true)",
          "with s as (select set_config('app.current_tenant', '%s', true)) select * from s");

  private static final List<String> SWITCHES_AMONG_OTHERS =
      List.of(
          "select 1; set local app.current_tenant = '%s'",
          "select ';' as \";\"; /* ; */ reset app.current_tenant; select 1",
          "insert into hosts (id, name, version) values (gen_random_uuid(), 'sql', 1);"
              + " select set_config('app.current_tenant', '%s', true)");

  private static final List<BiConsumer<Session, String>> WAYS =
      List.of(
          (session, sql) -> session.sql().execute(sql),
          (session, sql) -> session.sql().batch("select 1", sql).execute(),
          (session, sql) ->
              session.jdbc(
                  connection -> {
                    try (Statement statement = connection.createStatement()) {
                      return statement.execute(sql);
                    }
                  }),
          (session, sql) ->
              session.jdbc(
                  connection -> {
                    try (PreparedStatement statement = connection.prepareStatement(sql)) {
                      return statement.execute();
                    }
                  }));

  @RegisterExtension final Fleet fleet = new Fleet();

  @Test
  void a_statement_that_switches_the_tenant_is_refused_before_it_is_sent() {
    for (BiConsumer<Session, String> way : WAYS) {
      for (String sql : SWITCHES) {
        refuses(way, sql.formatted(BOLT));
      }
    }
  }

  @Test
  void a_switch_among_other_statements_is_refused_before_any_is_sent() {
    for (String sql : SWITCHES_AMONG_OTHERS) {
      refuses(WAYS.get(0), sql.formatted(BOLT));
    }
  }

  @Test
  void a_refused_switch_leaves_the_transaction_as_it_was() {
    acme()
        .transaction(
            transaction -> {
              assertThatThrownBy(
                      () ->
                          transaction
                              .sql()
                              .execute("set local app.current_tenant = '%s'".formatted(BOLT)))
                  .isInstanceOf(UsageException.class);
              REPOSITORY.insert(transaction, Host.named("mine"));
            });
    assertThat(acme().sql().fetchCount(HOSTS)).isOne();
  }

  @Test
  void a_text_that_only_names_the_setting_is_nobodys_business() {
    acme()
        .transaction(
            transaction -> {
              for (String sql :
                  List.of(
                      "select current_setting('app.current_tenant')",
                      "select 'set_config(''app.current_tenant'', …)' -- reset app.current_tenant",
                      "select 1 as set_config, 'app.current_tenant' /* set app.current_tenant */",
                      "set local app.current_tenants = 'x'; reset app.current_tenants",
                      "select set_config('app.actor', 'app.current_tenant', true)",
                      "select $$; set app.current_tenant = 'x'$$")) {
                transaction.sql().execute(sql);
              }
            });
  }

  @Test
  void a_definition_may_name_the_setting() {
    try (var owner = Fleet.open(fleet.made(), fleet.made().owner(), 1)) {
      owner.sql().execute("grant create on schema public to " + fleet.made().application().user());
    }
    acme()
        .transaction(
            transaction -> {
              for (String sql :
                  List.of(
                      "create table mine (tenant_id uuid)",
                      "create policy own on mine using (tenant_id ="
                          + " current_setting('app.current_tenant')::uuid)",
                      "create function switching() returns text language sql"
                          + " return set_config('app.current_tenant', '', true)",
                      "comment on table mine is 'see set_config(''app.current_tenant'')'",
                      "drop function switching(); drop table mine")) {
                transaction.sql().execute(sql);
              }
            });
  }

  @Test
  void a_session_without_a_tenant_has_none_to_lose() {
    assertThat(
            fleet
                .database()
                .sql()
                .fetchValue("select set_config('app.current_tenant', ?, true)", BOLT.toString()))
        .isEqualTo(BOLT.toString());
  }

  private void refuses(BiConsumer<Session, String> way, String sql) {
    TenantSession acme = acme();
    assertThatThrownBy(() -> acme.transaction(transaction -> way.accept(transaction, sql)))
        .as(sql)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a statement switches the tenant")
        .hasMessageContaining("TenantDatabase.as");
    assertThatThrownBy(() -> way.accept(acme, sql))
        .as(sql)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a statement switches the tenant");
  }

  private TenantSession acme() {
    return fleet.tenants().as(ACME);
  }
}
