package dev.tenon.core;

import static dev.tenon.core.Hosts.CORES;
import static dev.tenon.core.Hosts.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Hosts.Host;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RepositoryReadsTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  @Test
  void tells_whether_a_row_exists() {
    Host host = insert("alpha", 4);
    assertThat(REPOSITORY.exists(database.get(), host.id())).isTrue();
    assertThat(REPOSITORY.exists(database.get(), UuidV7.next())).isFalse();
  }

  @Test
  void counts_and_lists_what_a_condition_selects() {
    insert("alpha", 4);
    Host big = insert("beta", 8);
    assertThat(REPOSITORY.count(database.get(), CORES.gt(4))).isEqualTo(1);
    assertThat(REPOSITORY.count(database.get(), DSL.noCondition())).isEqualTo(2);
    assertThat(REPOSITORY.list(database.get(), CORES.gt(4))).containsExactly(big);
  }

  @Test
  void lists_by_identifier() {
    List<Host> hosts = Stream.of("c", "a", "b").map(name -> insert(name, 1)).toList();
    assertThat(REPOSITORY.list(database.get(), DSL.noCondition())).containsExactlyElementsOf(hosts);
  }

  @Test
  void refuses_a_list_of_more_rows_than_it_holds_instead_of_cutting_it() {
    fill(10_001);
    assertThatThrownBy(() -> REPOSITORY.list(database.get(), DSL.noCondition()))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            """
            more than 10000 rows match
              where: select from hosts, Repository of Host.list
              why: a list is held in memory whole, so it is bounded
              fix: narrow the condition, or read with page or stream""");
    assertThat(REPOSITORY.list(database.get(), CORES.gt(1))).hasSize(10_000);
  }

  @Test
  void finds_many_in_one_statement_in_the_order_asked_for_each_once() {
    Host first = insert("alpha", 4);
    Host second = insert("beta", 8);
    assertThat(
            REPOSITORY.findAll(
                database.get(), List.of(second.id(), UuidV7.next(), first.id(), second.id())))
        .containsExactly(second, first);
    assertThat(REPOSITORY.findAll(database.get(), List.<UUID>of())).isEmpty();
  }

  @Test
  void finds_ten_thousand_in_their_order_however_the_server_joins() {
    fill(10_001);
    List<UUID> all = database.get().sql().select(Hosts.ID).from(Hosts.HOSTS).fetch(Hosts.ID);
    assertThat(REPOSITORY.findAll(database.get(), all)).extracting(Host::id).isEqualTo(all);
    Session merging =
        database.get().withSetting("enable_nestloop", "off").withSetting("enable_hashjoin", "off");
    assertThat(REPOSITORY.findAll(merging, all)).extracting(Host::id).isEqualTo(all);
  }

  private void fill(int rows) {
    database
        .get()
        .sql()
        .execute(
            "insert into hosts select gen_random_uuid(), 'h' || n, n, now(), 1 from"
                + " generate_series(1, ?) n",
            rows);
  }

  private Host insert(String name, int cores) {
    Host host = Host.named(name).withCores(cores);
    REPOSITORY.insert(database.get(), host);
    return host;
  }
}
