package dev.tenon.tenancy.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.TenantTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every value comes back as exactly the text that it had. */
class ExactRoundTripTest {

  /** Each column with its type and values, the first of which names the worst case. */
  private static final String TABLE =
      """
      create domain public.document as jsonb;
      create domain public.nested_document as public.document not null;
      create domain public.code as varchar(5) check (value <> '');
      create type public.mood as enum ('sad', 'so, so "quoted"');
      create type public.pair as (a text, b jsonb);
      create table public.hostile (
        tenant_id uuid not null,
        id bigint generated always as identity,
        dropped text,
        js json,
        jb jsonb,
        doc public.document,
        nested public.nested_document default '{}',
        docs jsonb[],
        texts text[],
        shifted int[],
        bytes bytea,
        number numeric,
        price numeric(10, 2),
        real4 real,
        real8 double precision,
        yes boolean,
        at timestamptz,
        local timestamp(3),
        day date,
        clock timetz,
        span interval,
        ints int4range,
        stamps tstzmultirange,
        pair public.pair,
        pairs public.pair[],
        mood public.mood,
        code public.code,
        padded char(5),
        blank bpchar,
        one "char",
        bits bit varying(9),
        price_tag money,
        markup xml,
        address inet,
        words tsvector,
        place point,
        kin regclass,
        body text,
        t text,
        line text,
        r text,
        "Odd "" name" text,
        twice text generated always as (body || body) stored
      );
      alter table public.hostile drop column dropped;
      grant select, insert, update, delete on public.hostile to public;
      """;

  private static final List<String> ROWS =
      List.of(
          """
          js = '{"a" : 1,
            "a": [null, "\\u0000"] }', jb = 'null', doc = 'null', nested = 'null',
          docs = array['null'::jsonb, null, '"x"'], texts = array[null, 'NULL', '', E'a"\\\\b\\n'],
          shifted = '[0:2]={1,NULL,3}', bytes = '\\x00ff0a0d5c', number = 'NaN', price = 1.10,
          real4 = 'NaN', real8 = '-Infinity', yes = false, at = '-infinity',
          local = '0044-03-15 12:00:00.123 BC', day = '4713-01-01 BC', clock = '23:59:59.999999-15:59',
          span = '-1 year 2 mons -3 days 04:05:06.789', ints = 'empty',
          stamps = '{(-infinity,2000-01-01),[2001-01-01 BC,)}', pair = row(null, 'null'),
          pairs = array[row('"', '[null]')::public.pair, null], mood = 'so, so "quoted"', code = 'a',
          padded = 'ab', blank = 'ab   ', one = '"', bits = B'0101', price_tag = '-1.23', markup = 'a<b/>&amp;',
          address = '::1/64', words = $$'a '' b':1A$$, place = '(1e-300,-0)',
          kin = 'public.hostile', body = E'tab\\tback\\\\ \\\\. \\\\N\\n\\r\\x01\\x02\\x1f "q" \\\\u0000 \\U0001F600',
          t = 't', line = 'line', r = 'r', "Odd "" name" = 'odd'""",
          """
          js = 'null', jb = '"null"', doc = '{"n": 1.00, "big": 12345678901234567890.123}', nested = '[]',
          docs = '{}', texts = '{{a,NULL},{NULL,d}}', shifted = '{}', bytes = '', number = 'Infinity',
          price = -0.01, real4 = 1.17549435e-38, real8 = 0.1, yes = true, at = '294276-12-31 23:59:59.999999+00',
          day = 'infinity', pair = row('', null), body = '', padded = '', blank = '', code = ' '""",
          "number = 1e-1000, jb = '\"x\"', js = '\"\\u0000\"', pair = row(null, null), real8 = '-0'",
          // Incompressible enough to be stored out of line, and longer than any buffer.
          """
          body = (select string_agg(md5(n::text), E'\\n') from generate_series(1, 300000) n),
          bytes = (select string_agg(decode(md5(n::text), 'hex'), '') from generate_series(1, 100000) n)""");

  private final TwoTenants tenants = new TwoTenants();
  @TempDir private Path directory;

  @AfterEach
  void close() {
    tenants.close();
  }

  @Test
  void every_value_comes_back_as_the_text_that_it_had() throws IOException {
    tenants.asOwner(TABLE);
    tenants.asOwner(TenantTables.of(TenantTable.rls("public", "hostile").key("id")).sql());
    for (String row : ROWS) {
      tenants
          .session(tenants.acme)
          .transaction(
              transaction -> {
                transaction.sql().execute("insert into hostile default values");
                transaction
                    .sql()
                    .execute(
                        "update hostile set "
                            + row.replace("?", "??")
                            + " where id = (select max(id) from hostile)");
              });
    }
    List<String> before = values();

    adminSets("set extra_float_digits = -10; set bytea_output = escape");
    tenants.archive.export(tenants.acme, directory.resolve("one"));
    tenants.erasure.erase(tenants.acme);
    tenants.forgetErased();
    adminSets("set intervalstyle = sql_standard");
    tenants.archive.restore(directory.resolve("one"));

    assertThat(values()).isEqualTo(before);
    tenants.archive.export(tenants.acme, directory.resolve("two"));
    for (Path file : files(directory.resolve("one"))) {
      assertThat(directory.resolve("two").resolve(file.getFileName())).hasSameBinaryContentAs(file);
    }
  }

  /** As in a server that is set up in another way; the pool has one connection. */
  private void adminSets(String sql) {
    tenants.admin.admin("test").acrossTenants(transaction -> transaction.sql().execute(sql));
  }

  /** What the type of each column writes, so that no cast of ours stands between; NULL is null. */
  private List<String> values() {
    List<String> values = new ArrayList<>();
    List<String> columns =
        tenants
            .session(tenants.acme)
            .sql()
            .fetch(
                """
                select quote_ident(attname) from pg_catalog.pg_attribute
                 where attrelid = 'hostile'::regclass and attnum > 0 and not attisdropped
                 order by attnum
                """)
            .into(String.class);
    for (String column : columns) {
      tenants
          .session(tenants.acme)
          .sql()
          .fetch(
              "select %1$s is distinct from null, md5(format('%%s', %1$s)), left(format('%%s', %1$s), 200) from hostile order by id"
                  .formatted(column))
          .forEach(
              row -> values.add(column + " " + row.get(0) + " " + row.get(1) + " " + row.get(2)));
    }
    return values;
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(file -> file.toString().endsWith(".ndjson")).sorted().toList();
    }
  }
}
