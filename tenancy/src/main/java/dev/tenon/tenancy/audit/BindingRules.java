package dev.tenon.tenancy.audit;

import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.internal.RoleFacts;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** What tells policies and fences who the tenant is: Tenon's own functions, and the setting. */
final class BindingRules {

  /**
   * A function that a migration makes.
   *
   * @param isRequired whether tenancy's own migrations make it
   * @param fingerprint of what the catalogue holds after it ran; the same on PostgreSQL 15 to 17
   * @param definition as the migration has it, but over one that is there
   */
  private record Own(String signature, boolean isRequired, String fingerprint, String definition) {

    static Own of(String signature, String script, String fingerprint) {
      String name = Pattern.quote(signature.substring(0, signature.indexOf('(') + 1));
      Matcher text =
          Pattern.compile("create (function " + name + "[^;$]*(\\$\\$.*?\\$\\$)?;)", Pattern.DOTALL)
              .matcher(text(script));
      if (!text.find()) {
        throw new IllegalStateException(script + " does not create " + signature);
      }
      return new Own(signature, true, fingerprint, "create or replace " + text.group(1));
    }

    private String row() {
      return "(%s, %s, %s, %s)"
          .formatted(literal(signature), isRequired, literal(fingerprint), literal(definition));
    }
  }

  private static final List<Own> OWN =
      List.of(
          Own.of(
              "tenon.current_tenant()",
              "V1__current_tenant.sql",
              "ae1e1175d00020a22827ea8c6abbb9fc"),
          Own.of(
              "tenon.refuse_without_tenant()",
              "V1__current_tenant.sql",
              "ce143127ed276f98a2c2dd9b8605ae35"),
          Own.of(
              "tenon.has_key(regclass,\"char\",name[])",
              "V2__isolation.sql",
              "f9ffb74fb75fb75f28433e624d169021"),
          Own.of(
              "tenon.has_index_led_by(regclass,name)",
              "V2__isolation.sql",
              "fb4879f398932fc999e362bd181d65c7"),
          Own.of("tenon.pin_admin_log()", "V3__admin_log.sql", "aa3393bc0685bb833b6695df932472fd"),
          Own.of("tenon.refuse_change()", "V3__admin_log.sql", "86d096602e6f161d68c84037cad503d5"),
          Own.of("tenon.admitted(text)", "V4__tenant.sql", "471e89161612f592eb645b540eb00b78"),
          Own.of(
              "tenon.require_fit_table(text,name,name[])",
              "V6__fit_tables.sql",
              "1888203428098e5a34e5763c306172d9"),
          Own.of(
              "tenon.require_unread_table(text)",
              "V7__readers_of_a_fence.sql",
              "6f90a1366f4e2322f80eb414aeb0b660"),
          Own.of(
              "tenon.require_no_label(text)",
              "V8__labels_of_age.sql",
              "760687dbed44f14d63d19b6f6391f9ef"),
          new Own(
              "tenon.outbox_tenant()",
              false,
              "95fabf4d9a8a1c8a2eb0fb0d6d26b0fe",
              """
              create or replace function tenon.outbox_tenant() returns uuid
                language sql
                stable
                parallel safe
                return coalesce(
                  nullif(pg_catalog.current_setting('app.current_tenant', true), '')::pg_catalog.uuid,
                  '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid);
              """));

  /** A body that is bound to what it names is written as PostgreSQL writes it. */
  private static final String FUNCTIONS =
      """
      , expected (signature, is_required, fingerprint, definition) as (
        values %s
      ), found as (
        select e.*, p.oid, p.proowner, n.nspowner,
               md5(concat_ws('|', p.prokind, l.lanname, p.prosecdef, p.proleakproof,
                 p.proisstrict, p.proretset, p.provolatile, p.proparallel,
                 pg_get_function_result(p.oid), pg_get_function_arguments(p.oid), p.proconfig,
                 coalesce(pg_get_function_sqlbody(p.oid), replace(p.prosrc, E'\\r', ''))))
                 as actual
          from expected e
         cross join pg_namespace n
          left join pg_proc p on p.oid = to_regprocedure(e.signature)
          left join pg_language l on l.oid = p.prolang
         where n.nspname = 'tenon'
      ), named as (
        select quote_ident(d.datname) as database, quote_ident(r.rolname) as role, p.name
          from preset p
          left join pg_database d on d.oid = p.setdatabase
          left join pg_roles r on r.oid = p.setrole
         where p.setrole = 0 or p.setrole in (select j.oid from judged j)
      )
      """
          .formatted(OWN.stream().map(Own::row).collect(Collectors.joining(", ")));

  private BindingRules() {}

  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        ", " + RoleFacts.EXPRESSIONS + FUNCTIONS,
        """
        select 'FUNCTION_DRIFT' as rule, f.signature as object,
               case when f.oid is null then 'it is missing' else 'it was replaced or altered' end
                 as detail,
               f.definition as fix
          from found f
         where f.oid is null and f.is_required or f.oid is not null and f.actual <> f.fingerprint
        union all
        select 'FUNCTION_DRIFT', f.signature,
               quote_ident(pg_get_userbyid(f.proowner)) || ' owns it and can replace it',
               format('alter function %s owner to %I;', f.signature, pg_get_userbyid(f.nspowner))
          from found f
         where f.actual = f.fingerprint and f.proowner <> f.nspowner
           and f.proowner in (select j.oid from judged j)
        union all
        select 'PRESET_TENANT', concat_ws(' in ', p.role, p.database), p.name || ' is set',
               case
                 when p.role is null then format('alter database %s reset %I;', p.database, p.name)
                 else format('alter role %s%s reset %I;', p.role, ' in database ' || p.database,
                             p.name)
               end
          from named p
        union all
        select 'PRESET_TENANT', r.label, r.name || ' is set while it runs',
               format('alter routine %s reset %I;', r.label, r.name)
          from (
            select format('%I.%I(%s)', s.nspname, p.proname,
                          pg_get_function_identity_arguments(p.oid)) as label,
                   split_part(c.setting, '=', 1) as name
              from pg_proc p
              join space s on s.oid = p.pronamespace
             cross join unnest(p.proconfig) as c (setting)
             where s.own and lower(c.setting) like 'app.current\\_tenant=%') r
        """);
  }

  private static String literal(String text) {
    return DSL.using(SQLDialect.POSTGRES).renderInlined(DSL.inline(text));
  }

  private static String text(String script) {
    try (InputStream content = TenancyMigrations.class.getResourceAsStream(script)) {
      return new String(
          Objects.requireNonNull(content, script).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
