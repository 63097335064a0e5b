package dev.tenon.timeseries;

import dev.tenon.core.TenantId;
import dev.tenon.core.internal.DollarQuote;
import java.util.stream.Collectors;
import org.jooq.impl.DSL;

/**
 * The procedure that refreshes the rollups of many tenants, for schedulers within the database.
 *
 * <p>It does what {@link RollupRefresh#run()} does, step by step in transactions of their own, with
 * the rights of whoever calls it, and sets the tenant of each. Who may write {@code tenon.job_run}
 * has the run recorded there.
 */
record RefreshProcedure(Hypertable<?> hypertable) {

  /** The name of the job, however it is run. */
  static String job(String table) {
    return "tenon-rollups-" + table;
  }

  private String name() {
    return Hypertable.quote(DSL.name(hypertable.schema(), hypertable.name() + "_refresh"));
  }

  /** The call of it, with a query that gives the tenants. */
  String call(String tenants) {
    String quote = DollarQuote.around(tenants);
    return "call " + name() + "(" + quote + tenants + quote + ")";
  }

  /** A procedure that sets its own settings could not commit. */
  String sql() {
    String steps =
        hypertable.rollups().stream()
            .map(rollup -> new RollupStep(hypertable, new RollupTable(hypertable, rollup)))
            .map(step -> Hypertable.literal(step.function()))
            .collect(Collectors.joining(", "));
    String body = body(steps);
    return """

    create or replace procedure %1$s(text)
    language plpgsql
    as %2$s
    %3$s%2$s;
    """
        .formatted(name(), DollarQuote.around(body), body);
  }

  private String body(String steps) {
    return """
    declare
      _run uuid := pg_catalog.gen_random_uuid();
      _runs regclass := pg_catalog.to_regclass('tenon.job_run');
      _recorded boolean := coalesce(
        pg_catalog.has_table_privilege(_runs, 'select')
          and pg_catalog.has_table_privilege(_runs, 'insert')
          and pg_catalog.has_table_privilege(_runs, 'update'), false);
      _tenants uuid[];
      _tenant uuid;
      _step text;
      _again boolean;
      _more boolean;
      _stored bigint;
      _removed bigint;
      _unmade text;
      _failure text;
    begin
      if _recorded then
        insert into tenon.job_run (id, job) values (_run, %1$s);
        commit;
      end if;
      begin
        execute 'select array(' || pg_catalog.rtrim($1, E' \\n\\t;') || E'\\n)' into _tenants;
      exception when others then
        _tenants := '{}';
        _failure := sqlerrm;
      end;
      commit;
      set transaction isolation level read committed;
      foreach _tenant in array _tenants loop
        foreach _step in array array[%2$s] loop
          _again := true;
          _more := true;
          while _more loop
            _stored := 0;
            _removed := 0;
            begin
              perform pg_catalog.set_config('%3$s', _tenant::text, true);
              execute 'select * from ' || _step || '($1, $2)'
                into _more, _stored, _removed, _unmade using _tenant, _again;
              _failure := coalesce(_failure, _tenant || ': ' || _unmade);
            exception when others then
              _more := false;
              _failure := coalesce(_failure, coalesce(_tenant::text, 'null') || ': ' || sqlerrm);
            end;
            if _recorded and _stored + _removed > 0 then
              update tenon.job_run
                 set done = done + _stored + _removed, seen_at = pg_catalog.clock_timestamp()
               where id = _run;
            end if;
            commit;
            set transaction isolation level read committed;
            _again := false;
          end loop;
        end loop;
      end loop;
      if _recorded then
        update tenon.job_run
           set ended_at = pg_catalog.clock_timestamp(), seen_at = pg_catalog.clock_timestamp(),
               failure = pg_catalog.left(_failure, 2000)
         where id = _run;
        commit;
      end if;
      if _failure is not null then
        raise exception using message = 'the rollups of a tenant were not refreshed: ' || _failure;
      end if;
    end
    """
        .formatted(Hypertable.literal(job(hypertable.qualifiedName())), steps, TenantId.SETTING);
  }
}
