package dev.tenon.core.graph;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.tenon.core.graph.Traversal.Direction;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every walk over the graphs that break naive ones, on a stack on which no recursion over the graph
 * could go 10,000 deep, and with a bound on what it allocates.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostileGraphsTest {

  private static final long SHALLOW_STACK = 256 * 1024;
  private static final long MEGABYTE = 1 << 20;

  @Test
  void walks_a_star_of_100_000_edges() throws Exception {
    Graph star = RandomGraphs.star(100_000);

    long allocated =
        allocatedBy(
            star,
            "n1",
            "n0",
            traversal -> {
              assertThat(traversal.descendants("n0")).hasSize(100_000);
              assertThat(traversal.ancestors("n7")).hasSize(1);
              assertThat(traversal.cycles()).isEmpty();
              assertThat(traversal.topologicalOrder()).isInstanceOf(TopologicalOrder.Sorted.class);
              assertThat(traversal.paths(edge -> 1).between("n0", "n9", 3).paths()).hasSize(1);
              assertThat(traversal.chains().between("n0", "n9", 3).chains()).hasSize(1);
            });

    assertThat(allocated).isLessThan(400 * MEGABYTE);
  }

  @Test
  void walks_a_complete_graph_of_30_nodes() throws Exception {
    Graph complete = RandomGraphs.complete(30, new Random(1));

    long allocated =
        allocatedBy(
            complete,
            "n0",
            "n29",
            traversal -> {
              assertThat(traversal.cycles()).hasSize(1);
              assertThat(traversal.cycles().get(0).component()).hasSize(30);
              assertThat(traversal.cycles().get(0).edges()).hasSize(2);
              assertThat(traversal.topologicalOrder()).isInstanceOf(TopologicalOrder.Cyclic.class);
              ChainSearch.Chains best = traversal.chains().between("n0", "n29", 100);
              assertThat(best.chains()).hasSize(100);
              assertThat(best.truncated()).isFalse();
            });

    assertThat(allocated).isLessThan(100 * MEGABYTE);
  }

  @Test
  void walks_a_chain_of_10_000_nodes() throws Exception {
    Graph chain = RandomGraphs.chain(9_999, 0.9999);

    long allocated =
        allocatedBy(
            chain,
            "n0",
            "n9999",
            traversal -> {
              assertThat(traversal.ancestors("n9999")).hasSize(9_999);
              assertThat(traversal.cycles()).isEmpty();
              assertThat(traversal.topologicalOrder())
                  .isEqualTo(new TopologicalOrder.Sorted(chain.nodes()));
              assertThat(traversal.paths(edge -> 1).between("n0", "n9999", 2).truncated()).isTrue();
              Traversal deep =
                  traversal.within(
                      Traversal.Limits.defaults().withMaxDepth(10_000).withMaxNodes(100_000));
              assertThat(deep.paths(edge -> 1).between("n0", "n9999", 1).paths()).hasSize(1);
            });

    assertThat(allocated).isLessThan(200 * MEGABYTE);
  }

  @Test
  void finds_the_cycle_of_10_000_nodes_that_a_chain_becomes_by_one_edge() throws Exception {
    Graph chain = RandomGraphs.chain(9_999, 1);
    List<Edge> closed = new ArrayList<>(chain.edges());
    closed.add(Edge.of("back", "n9999", "n0", 1));
    Graph ring = Graph.of(chain.nodes(), closed);

    long allocated =
        allocatedBy(
            ring,
            "n0",
            "n9999",
            traversal -> {
              assertThat(traversal.cycles()).hasSize(1);
              assertThat(traversal.cycles().get(0).nodes()).isEqualTo(chain.nodes());
              assertThat(traversal.cycles().get(0).edges()).isEqualTo(closed);
            });

    assertThat(allocated).isLessThan(100 * MEGABYTE);
  }

  @Test
  void ends_a_search_that_looks_at_a_hub_again_and_again() throws Exception {
    Graph hub = doubleStar(20_000);
    Traversal traversal = Traversal.of(hub);

    PathSearch.Paths found = traversal.paths(edge -> 1).between("n0", "n1", 100);

    assertThat(found.truncated()).isTrue();
    assertThat(found.paths()).hasSizeLessThan(100);
  }

  /** Does what every graph must bear, and what is asked beside it. */
  private static long allocatedBy(Graph graph, String from, String to, Walk walk) throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    FutureTask<Long> task =
        new FutureTask<>(
            () -> {
              long thread = Thread.currentThread().getId();
              long before = threads.getThreadAllocatedBytes(thread);
              Traversal traversal = Traversal.of(graph);
              for (Direction direction : Direction.values()) {
                traversal.hops(from, 3, direction);
                traversal.neighbourhood(from, 3, direction);
              }
              traversal.chains().from(from);
              traversal.chains().into(to);
              traversal.chains().between(from, to);
              walk.over(traversal);
              return threads.getThreadAllocatedBytes(thread) - before;
            });
    new Thread(null, task, "shallow", SHALLOW_STACK).start();
    return task.get();
  }

  private interface Walk {
    void over(Traversal traversal);
  }

  /** Many ways of two edges from {@code n0} to {@code n1}, each through a node of its own. */
  private static Graph doubleStar(int middles) {
    List<Node> nodes = new ArrayList<>(List.of(Node.of("n0"), Node.of("n1")));
    List<Edge> edges = new ArrayList<>();
    for (int i = 0; i < middles; i++) {
      nodes.add(Node.of("m" + i));
      edges.add(Edge.of("in" + i, "n0", "m" + i, 0.5));
      edges.add(Edge.of("out" + i, "m" + i, "n1", 0.5));
    }
    return Graph.of(nodes, edges);
  }
}
