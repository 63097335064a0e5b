package dev.tenon.core.graph;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.nio.charset.StandardCharsets;
import org.jooq.Name;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** The SQL of one graph table, rendered once. */
final class Statements {

  private static final String INDEX_SUFFIX = "_document";
  private static final int MAX_BYTES = 63 - INDEX_SUFFIX.length();

  private final String table;
  private final String index;
  private final String[] parts;

  final String insert;
  final String find;
  final String containing;
  final String patch;
  final String delete;

  Statements(String... parts) {
    checkName(parts);
    this.parts = parts.clone();
    table = render(DSL.name(parts));
    index = render(DSL.name(parts[parts.length - 1] + INDEX_SUFFIX));
    insert = insertSql().formatted(table);
    find = findSql().formatted(table);
    containing = containingSql().formatted(table);
    patch = patchSql().formatted(table);
    delete = deleteSql().formatted(table);
  }

  String table() {
    return table;
  }

  EdgeTable edgeTable() {
    return new EdgeTable(parts);
  }

  String ddl() {
    return """
        create table %1$s (
          tenant_id uuid not null,
          id uuid not null,
          version bigint not null check (version > 0),
          document jsonb not null
            check ((jsonb_typeof(document -> 'nodes') = 'array') is true)
            check ((jsonb_typeof(document -> 'edges') = 'array') is true),
          primary key (tenant_id, id)
        );
        create index %2$s on %1$s using gin (document jsonb_path_ops);
        """
        .formatted(table, index);
  }

  private static String insertSql() {
    return """
        insert into %1$s (tenant_id, id, version, document)
        values (?, ?, 1, ?::jsonb)
        on conflict (tenant_id, id) do nothing""";
  }

  private static String findSql() {
    return """
        select version, document
        from %1$s
        where tenant_id = ? and id = ?""";
  }

  /** Two steps, because an order by id with a limit would tempt the planner to walk the key. */
  private static String containingSql() {
    return """
        with matching as materialized (
          select id
          from %1$s
          where tenant_id = ? and document @> ?::jsonb
        )
        select id, version, document
        from %1$s
        where tenant_id = ?
          and id in (select id from matching order by id limit ?)
        order by id""";
  }

  /**
   * Locks the row, looks for reasons to refuse, and changes it only if there are none: whoever
   * waited for the lock sees the version that the other writer left.
   *
   * <p>Parameters: tenant, id; edges that must be there, that must not be there, nodes that must be
   * there, that must not be there; changes by edge id, removed edges, added nodes, added edges;
   * tenant, id, expected version.
   */
  private static String patchSql() {
    return """
        with target as materialized (
          select version, document
          from %1$s
          where tenant_id = ? and id = ?
          for update
        ),
        edge as materialized (
          select position, value, value ->> 'id' as id
          from target, jsonb_array_elements(document -> 'edges') with ordinality as e (value, position)
        ),
        node as materialized (
          select value ->> 'id' as id
          from target, jsonb_array_elements(document -> 'nodes') as n (value)
        ),
        refusal as materialized (
          select
            array(select unnest(?::text[]) except select id from edge order by 1) as missing_edges,
            array(select unnest(?::text[]) intersect select id from edge order by 1) as present_edges,
            array(select unnest(?::text[]) except select id from node order by 1) as missing_nodes,
            array(select unnest(?::text[]) intersect select id from node order by 1) as present_nodes
        ),
        wanted as (
          select ?::jsonb as changes, ?::text[] as removed, ?::jsonb as nodes, ?::jsonb as edges
        ),
        changed as (
          update %1$s as stored
          set version = stored.version + 1,
            document = target.document || jsonb_build_object(
              'nodes', (target.document -> 'nodes') || wanted.nodes,
              'edges', coalesce(
                (
                  select jsonb_agg(
                    edge.value || coalesce(wanted.changes -> edge.id, '{}') order by edge.position)
                  from edge
                  where (edge.id = any (wanted.removed)) is not true
                ),
                '[]') || wanted.edges)
          from target, wanted, refusal
          where stored.tenant_id = ? and stored.id = ?
            and target.version = ? and stored.version = target.version
            and cardinality(missing_edges) + cardinality(present_edges)
              + cardinality(missing_nodes) + cardinality(present_nodes) = 0
          returning stored.version
        )
        select
          target.version, changed.version as new_version,
          missing_edges, present_edges, missing_nodes, present_nodes
        from target cross join refusal left join changed on true""";
  }

  /** Locks the row as a patch does; its edges in a table of their own go by their foreign key. */
  private static String deleteSql() {
    return """
        with target as materialized (
          select version
          from %1$s
          where tenant_id = ? and id = ?
          for update
        ),
        gone as (
          delete from %1$s as stored
          using target
          where stored.tenant_id = ? and stored.id = ? and target.version = ?
          returning stored.id
        )
        select target.version, gone.id is not null as deleted
        from target left join gone on true""";
  }

  private static void checkName(String... parts) {
    for (String part : parts) {
      if (part.isBlank()
          || part.indexOf(0) >= 0
          || part.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
        throw unusable(part);
      }
    }
    if (parts.length < 1 || parts.length > 2) {
      throw unusable(String.join(".", parts));
    }
  }

  private static UsageException unusable(String name) {
    return new UsageException(
        Problem.what("'" + Problem.excerpt(name) + "' cannot name a table of graphs")
            .where("GraphRepository.of")
            .why("PostgreSQL cuts names at 63 bytes, and the index needs the last of them")
            .fix("pass a name, or a schema and a name, of at most " + MAX_BYTES + " bytes each"));
  }

  private static String render(Name name) {
    return DSL.using(SQLDialect.POSTGRES).render(name);
  }
}
