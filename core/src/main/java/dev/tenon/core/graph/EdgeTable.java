package dev.tenon.core.graph;

import dev.tenon.core.internal.DollarQuote;
import dev.tenon.core.internal.TableBehindView;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** The SQL of the table that holds the edges of a table's graphs as rows, rendered once. */
final class EdgeTable {

  /** In bytes of UTF-8, as the table checks. */
  static final int LONGEST_ID = 1_000;

  private static final String EDGE = "_edge";

  private final String graphs;
  private final String graphName;
  private final String edges;

  final String reachOut;
  final String reachIn;
  final String reachBoth;

  EdgeTable(String... graphTable) {
    graphName = graphTable[graphTable.length - 1];
    String[] edgeTable = graphTable.clone();
    edgeTable[edgeTable.length - 1] += EDGE;
    graphs = quote(graphTable);
    edges = quote(edgeTable);
    reachOut = reach(List.of(step("source", "target")));
    reachIn = reach(List.of(step("target", "source")));
    reachBoth = reach(List.of(step("source", "target"), step("target", "source")));
  }

  /** Whether the table takes its ids. */
  static boolean holds(Edge edge) {
    return Stream.of(edge.id(), edge.from(), edge.to())
        .allMatch(id -> id.getBytes(StandardCharsets.UTF_8).length <= LONGEST_ID);
  }

  /** The trigger's function, the table, its indexes and the trigger. */
  String ddl() {
    String body = triggerBody();
    return """

    create function %3$s() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
    as %4$s
    %5$s%4$s;
    %6$screate index %1$s on %7$s (tenant_id, graph_id, source, target);
    create index %2$s on %7$s (tenant_id, graph_id, target, source);
    """
        .formatted(
            quote(graphName + "_edge_out"),
            quote(graphName + "_edge_in"),
            functionName(),
            DollarQuote.around(body),
            body,
            tableAndTrigger(),
            edges);
  }

  /**
   * Refers to the table that holds the graphs, which behind a fence is not the one that is named.
   * An id has a bound, because an index entry has one. The trigger is told the name of the table of
   * edges here: so no path of a caller matters to it, and it goes on to write by that name when a
   * fence puts a view there.
   */
  private String tableAndTrigger() {
    String body =
        """
        declare
          graphs regclass := %1$s;
        begin
          execute format(%5$s
            create table %2$s (
              tenant_id uuid not null,
              graph_id uuid not null,
              id text not null check (octet_length(id) <= 1000),
              source text not null check (octet_length(source) <= 1000),
              target text not null check (octet_length(target) <= 1000),
              confidence double precision not null check (confidence > 0 and confidence <= 1),
              primary key (tenant_id, graph_id, id),
              foreign key (tenant_id, graph_id) references %%s (tenant_id, id) on delete cascade
            )%5$s,
            graphs);
          execute format(%5$s
            create trigger tenon_edges after insert or update of document on %%s
              for each row execute function %3$s(%%L)%5$s,
            graphs,
            (select format('%%I.%%I', n.nspname, c.relname)
               from pg_catalog.pg_class c
               join pg_catalog.pg_namespace n on n.oid = c.relnamespace
              where c.oid = %4$s::regclass));
        end
        """
            .formatted(
                TableBehindView.regclass(literal(graphs) + "::regclass"),
                edges.replace("%", "%%"),
                functionName().replace("%", "%%"),
                literal(edges),
                DollarQuote.around(edges + functionName()));
    String quote = DollarQuote.around(body);
    return "do " + quote + "\n" + body + quote + ";\n";
  }

  private static String literal(String text) {
    return DSL.using(SQLDialect.POSTGRES).render(DSL.inline(text));
  }

  private String functionName() {
    return quote(graphName + "_project");
  }

  private static String triggerBody() {
    return """
    begin
      execute format($sql$
        with wanted as materialized (
          select
            value ->> 'id' as id, value ->> 'from' as source, value ->> 'to' as target,
            (value ->> 'confidence')::double precision as confidence
          from jsonb_array_elements($3 -> 'edges') as e (value)
        ),
        gone as (
          delete from %1$s as edge
          where edge.tenant_id = $1 and edge.graph_id = $2
            and not exists (select from wanted where wanted.id = edge.id)
        )
        insert into %1$s (tenant_id, graph_id, id, source, target, confidence)
        select $1, $2, wanted.id, wanted.source, wanted.target, wanted.confidence
        from wanted
        left join %1$s as edge
          on edge.tenant_id = $1 and edge.graph_id = $2 and edge.id = wanted.id
        where (edge.source, edge.target, edge.confidence)
          is distinct from (wanted.source, wanted.target, wanted.confidence)
        on conflict (tenant_id, graph_id, id) do update
          set source = excluded.source, target = excluded.target, confidence = excluded.confidence
      $sql$, tg_argv[0])
      using new.tenant_id, new.id, new.document;
      return null;
    end
    """;
  }

  /**
   * The far ends of a node's edges, as a part of the query that is planned for itself and in the
   * order of the index that leads to them: whatever the server knows of other graphs, or of this
   * one before it grew, it asks that index for each node, and does not read all edges of the graph.
   *
   * <p>As a range of one value: of an equality the server thinks that each node has as many edges
   * as the hub of a star.
   */
  private String step(String near, String far) {
    return """
    (select edge.%2$s as node from %3$s as edge
    where edge.tenant_id = ? and edge.graph_id = ? and edge.%1$s >= visited.node
      and edge.%1$s <= visited.node
    order by edge.%1$s, edge.%2$s
    offset 0)"""
        .formatted(near, far, edges);
  }

  /**
   * The nodes, each at its distance; where no edge was followed also what the document says of the
   * start, from the same snapshot; and how many edges were looked at, and whether time ran out.
   *
   * <p>A distance d is kept as an interval of d months less 30 d days: all of these are equal, so
   * that UNION takes a node that is met again for the one that it has, and the first distance
   * stays.
   *
   * <p>The clock is compared with a column, without changing what it says: so PostgreSQL asks it
   * for each node before it looks for its edges, and at the end only once all are found.
   *
   * <p>Parameters: start; for each way tenant and graph; hops; most microseconds twice; most rows;
   * for each way tenant and graph; hops of which edges count; most microseconds twice; most edges;
   * start three times; tenant, graph; most microseconds.
   */
  private String reach(List<String> steps) {
    String neighbours = String.join("\nunion all\n", steps);
    return """
        with recursive visited (node, away) as (
          select ?::text, interval '0'
          union
          select neighbour.node, visited.away + interval '1 month -30 days'
          from visited cross join lateral (
            %2$s
          ) as neighbour
          where extract(day from visited.away) / -30 < ?::bigint
            and (?::bigint is null or clock_timestamp() < statement_timestamp()
              + ? * interval '1 us' + extract(day from visited.away) * interval '0')
        ),
        found as materialized (
          select node, (extract(day from away) / -30)::integer as distance from visited limit ?
        ),
        looked as materialized (
          select count(*) as edges from (
            select from found as visited cross join lateral (
              %2$s
            ) as neighbour
            where visited.distance < ?
              and (?::bigint is null or clock_timestamp() < statement_timestamp()
                + ? * interval '1 us' + visited.distance * interval '0')
            limit ?
          ) as looks
        )
        select node, distance, null::boolean as has_node, null::boolean as leaves,
          null::boolean as enters, null::bigint as looked, null::boolean as late
        from found
        union all
        select null, null,
          document -> 'nodes' @> jsonb_build_array(jsonb_build_object('id', ?::text)),
          document -> 'edges' @> jsonb_build_array(jsonb_build_object('from', ?::text)),
          document -> 'edges' @> jsonb_build_array(jsonb_build_object('to', ?::text)),
          null, null
        from %1$s
        where tenant_id = ? and id = ?
          and not exists (select from found where distance > 0)
        union all
        select null, null, null, null, null, edges, coalesce(clock_timestamp() >=
          statement_timestamp() + ?::bigint * interval '1 us' + edges * interval '0', false)
        from looked"""
        .formatted(graphs, neighbours);
  }

  private static String quote(String... name) {
    return DSL.using(SQLDialect.POSTGRES).render(DSL.name(name));
  }
}
