package dev.tenon.core.graph;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.StaleVersionException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The door to graphs stored as one JSONB document each, under {@code (tenant_id, id)} and a
 * version.
 *
 * <p>Every method takes a session of a tenant, refuses any other before I/O, and is one statement:
 * outside a transaction one round trip. Meant for graphs of up to a few thousand edges, because
 * each read and each patch handles the whole document; {@link #withEdgeTable} is for larger ones.
 * Immutable; safe for use by many threads.
 */
public final class GraphRepository {

  private final Statements statements;
  private final SelfLoops selfLoops;
  private final @Nullable EdgeTable edges;

  /** Whether an edge may lead from a node to itself. */
  public enum SelfLoops {
    /** Such an edge is refused before I/O; the default. */
    REJECTED,
    /** Such an edge is stored. */
    ALLOWED
  }

  private GraphRepository(Statements statements, SelfLoops selfLoops, @Nullable EdgeTable edges) {
    this.statements = statements;
    this.selfLoops = selfLoops;
    this.edges = edges;
  }

  /**
   * The repository of a table of graphs; no I/O.
   *
   * @param table its name, or a schema and a name as two parts, of at most 54 bytes each
   */
  public static GraphRepository of(String... table) {
    return new GraphRepository(new Statements(table), SelfLoops.REJECTED, null);
  }

  /** The same repository with another rule for edges from a node to itself. */
  public GraphRepository selfLoops(SelfLoops rule) {
    return new GraphRepository(statements, rule, edges);
  }

  /**
   * The same repository with the edges as rows of a second table, {@code <table>_edge}, which a
   * trigger keeps in the transaction of each write.
   *
   * <p>For graphs of many thousand edges: {@link #hops} asks that table and does not read the
   * document; ids have at most 1,000 bytes. The table is owned by tenants as the graphs are:
   * declare it to tenancy too, under row-level security or behind a fence.
   */
  public GraphRepository withEdgeTable() {
    return new GraphRepository(statements, selfLoops, statements.edgeTable());
  }

  /**
   * The table and its GIN index, as statements for a Flyway script that can be reviewed; then those
   * of {@link #edgeTableSql}, where it has a table of edges.
   *
   * <p>Policies and grants are not part of it: append those of the tenancy module.
   */
  public String sql() {
    return statements.ddl() + (edges == null ? "" : edges.ddl());
  }

  /**
   * The table of edges, its indexes and the trigger alone, for a table of graphs that is there.
   *
   * <p>Graphs that are stored already have no rows there until they are written once more; until
   * then {@link #hops} refuses them.
   *
   * @throws UsageException if the repository has no table of edges
   */
  public String edgeTableSql() {
    if (edges == null) {
      throw new UsageException(
          Problem.what("the repository has no table of edges")
              .where(statements.table())
              .fix("call withEdgeTable() first"));
    }
    return edges.ddl();
  }

  /**
   * Stores a new graph as version 1.
   *
   * <p>SQL: {@code insert … on conflict do nothing}.
   *
   * @throws InvalidDataException if the tenant has a graph of this id already, or a self loop is
   *     not allowed
   * @throws UsageException if the session has no tenant
   */
  public Stored insert(Session session, UUID id, Graph graph) {
    TenantId tenant = tenantOf(session);
    checkEdges(graph.edges(), where(id));
    String document = Json.write(graph);
    int inserted =
        session.jdbc(
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(statements.insert)) {
                bindKey(statement, 1, tenant, id);
                statement.setString(3, document);
                return statement.executeUpdate();
              }
            });
    if (inserted == 0) {
      throw new InvalidDataException(
          Problem.what("the " + where(id) + " is there already")
              .where(where(id))
              .why("an id names one graph of a tenant")
              .fix("patch the stored graph, or insert under another id"));
    }
    return new Stored(id, 1, graph);
  }

  /**
   * Reads a graph, if the tenant has it.
   *
   * @throws InvalidDataException if the stored document was not written through Tenon and is no
   *     valid graph
   * @throws UsageException if the session has no tenant
   */
  public Optional<Stored> find(Session session, UUID id) {
    TenantId tenant = tenantOf(session);
    return session.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(statements.find)) {
            bindKey(statement, 1, tenant, id);
            try (ResultSet row = statement.executeQuery()) {
              return row.next()
                  ? Optional.of(stored(id, row.getLong(1), row.getString(2)))
                  : Optional.<Stored>empty();
            }
          }
        });
  }

  /**
   * Reads a graph that must be there.
   *
   * @throws NotFoundException if the tenant has no graph of this id
   * @throws InvalidDataException if the stored document was not written through Tenon and is no
   *     valid graph
   * @throws UsageException if the session has no tenant
   */
  public Stored get(Session session, UUID id) {
    return find(session, id).orElseThrow(() -> Refusals.missingGraph(where(id)));
  }

  /**
   * Reads the graphs that contain a pattern, in the order of their ids.
   *
   * <p>SQL: {@code document @> ?}, which the GIN index answers; under row-level security PostgreSQL
   * may not use that index and reads the graphs of the tenant instead.
   *
   * @param limit the most graphs to return, 1 or more
   * @throws UsageException if the session has no tenant, the pattern demands nothing or the limit
   *     is below 1
   */
  public List<Stored> findContaining(Session session, GraphPattern pattern, int limit) {
    TenantId tenant = tenantOf(session);
    String document = pattern.json();
    if (limit < 1) {
      throw new UsageException(
          Problem.what("the limit " + limit + " returns nothing")
              .where(statements.table())
              .fix("ask for at least one graph"));
    }
    return session.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(statements.containing)) {
            statement.setObject(1, tenant.value());
            statement.setString(2, document);
            statement.setObject(3, tenant.value());
            statement.setInt(4, limit);
            try (ResultSet row = statement.executeQuery()) {
              List<Stored> found = new ArrayList<>();
              while (row.next()) {
                found.add(stored(row.getObject(1, UUID.class), row.getLong(2), row.getString(3)));
              }
              return found;
            }
          }
        });
  }

  /**
   * Changes a graph if it still has the version that the caller read, and returns the new version.
   *
   * <p>All or nothing: a refused patch leaves document and version as they were. Of several writers
   * with the same expected version exactly one succeeds. SQL: one {@code update … where version =
   * ?}, behind a lock on the row.
   *
   * @throws StaleVersionException if the graph has another version now; it names both
   * @throws NotFoundException if the tenant has no graph of this id, or the patch changes or
   *     removes an edge that the graph does not have
   * @throws InvalidDataException if the patch adds a node or an edge whose id is taken, an edge to
   *     a node that neither the graph nor the patch has, or a self loop that is not allowed
   * @throws dev.tenon.core.RetryableException if it waited for the patch whose version it expects
   * @throws UsageException if the session has no tenant
   */
  public long patch(Session session, UUID id, long expectedVersion, GraphPatch patch) {
    TenantId tenant = tenantOf(session);
    checkEdges(patch.addedEdges(), where(id));
    PatchRun run = new PatchRun(statements.patch, tenant, id, where(id), expectedVersion, patch);
    return run.in(session);
  }

  /**
   * Deletes a graph if it still has the version that the caller read; its edges in a {@linkplain
   * #withEdgeTable table of their own} go with it.
   *
   * <p>SQL: one {@code delete … where version = ?}, behind a lock on the row.
   *
   * @throws StaleVersionException if the graph has another version now; it names both
   * @throws NotFoundException if the tenant has no graph of this id
   * @throws InvalidDataException if rows of other tables refer to it
   * @throws UsageException if the session has no tenant
   */
  public void delete(Session session, UUID id, long expectedVersion) {
    TenantId tenant = tenantOf(session);
    new DeleteRun(statements.delete, tenant, id, where(id), expectedVersion).in(session);
  }

  /** The same within the default {@link Traversal.Limits}. */
  public Reach hops(
      Session session, UUID id, String node, int hops, Traversal.Direction direction) {
    return hops(session, id, node, hops, direction, Traversal.Limits.defaults());
  }

  /**
   * The ids of the nodes within some edges of a node of a stored graph.
   *
   * <p>With a table of edges by a recursive query, which reads those rows alone; else by reading
   * the document and walking it. Both count the same against the limits, and answer the same but
   * for which nodes a walk has that {@code maxNodes}, {@code maxEdges} or the duration cut: the
   * query looks at edges beyond {@code maxEdges}, and its duration is the server's, asked before
   * the edges of each node are looked for. Without it only the walk is measured, not the reading.
   *
   * @param hops the most edges, 0 or more; the limit on depth holds as well
   * @throws NotFoundException if the tenant has no graph of this id, or the graph no such node
   * @throws InvalidDataException if the id of the node cannot be one
   * @throws UsageException if the session has no tenant, {@code hops} is negative, or the graph was
   *     stored before there was a table of edges
   */
  public Reach hops(
      Session session,
      UUID id,
      String node,
      int hops,
      Traversal.Direction direction,
      Traversal.Limits limits) {
    TenantId tenant = tenantOf(session);
    Checks.identifier("node", node);
    Checks.hops(hops, "GraphRepository.hops");
    if (edges == null) {
      return Reach.of(
          Traversal.of(get(session, id).graph()).within(limits).hops(node, hops, direction));
    }
    return new EdgeReach(edges, tenant, id, where(id), node, direction, limits).in(session, hops);
  }

  private Stored stored(UUID id, long version, String document) {
    return new Stored(id, version, Json.read(document, where(id)));
  }

  private String where(UUID id) {
    return "graph " + id + " of " + statements.table();
  }

  private TenantId tenantOf(Session session) {
    return session
        .tenant()
        .orElseThrow(
            () ->
                new UsageException(
                    Problem.what("the session has no tenant")
                        .where(statements.table())
                        .why("every graph is owned by a tenant")
                        .fix("pass a tenant session, e.g. tenants.as(tenantId)")));
  }

  private void checkEdges(List<Edge> added, String where) {
    for (Edge edge : added) {
      if (selfLoops == SelfLoops.REJECTED && edge.isSelfLoop()) {
        throw Refusals.selfLoop(edge, where);
      }
      if (edges != null && !EdgeTable.holds(edge)) {
        throw Refusals.longId(edge, where);
      }
    }
  }

  private static void bindKey(PreparedStatement statement, int index, TenantId tenant, UUID id)
      throws SQLException {
    statement.setObject(index, tenant.value());
    statement.setObject(index + 1, id);
  }

  /**
   * A graph as it was read.
   *
   * @param id its key, unique for its tenant
   * @param version 1 when inserted, one more with each patch
   * @param graph the document
   */
  public record Stored(UUID id, long version, Graph graph) {}

  /**
   * The nodes around a node.
   *
   * @param reached without the start, nearest first, and by their ids where equally near
   * @param truncated whether {@link Traversal.Limits} ended the walk while there was more to follow
   */
  public record Reach(List<Reached> reached, boolean truncated) {

    public Reach {
      reached = List.copyOf(reached);
    }

    /**
     * A node that was reached.
     *
     * @param distance the fewest edges between the start and the node, 1 or more
     */
    public record Reached(String node, int distance) {}

    static Reach of(Traversal.Hops hops) {
      return new Reach(
          sorted(
              hops.reached().stream()
                  .map(reached -> new Reached(reached.node().id(), reached.distance()))
                  .toList()),
          hops.truncated());
    }

    static List<Reached> sorted(List<Reached> reached) {
      return reached.stream()
          .sorted(Comparator.comparingInt(Reached::distance).thenComparing(Reached::node))
          .toList();
    }
  }
}
