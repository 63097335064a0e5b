package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SortField;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pages of a table that others fill and empty meanwhile. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PagesAmongWritersTest {

  private static final int STAYING = 200;
  private static final int WRITERS = 3;

  private static final Table<Record> TICKETS = DSL.table(DSL.name("tickets"));
  private static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  private static final Field<Integer> RANK = DSL.field(DSL.name("rank"), SQLDataType.INTEGER);
  private static final Field<String> LABEL = DSL.field(DSL.name("label"), SQLDataType.VARCHAR);

  private static final Migrations MIGRATIONS =
      Migrations.named("tickets")
          .script(
              "V1__tickets.sql",
              "create table public.tickets (id uuid primary key, rank int, label text);");

  record Ticket(UUID id, @Nullable Integer rank, @Nullable String label) {

    /** Few values, so that there are ties and nulls; random identifiers fall between others. */
    static Ticket random(Random random) {
      return new Ticket(
          new UUID(random.nextLong(), random.nextLong()),
          random.nextInt(4) == 0 ? null : random.nextInt(4),
          random.nextInt(4) == 0 ? null : String.valueOf((char) ('a' + random.nextInt(4))));
    }
  }

  private static final Repository<Ticket, UUID> ROWS =
      Repository.of(TICKETS, Ticket.class).id(ID).shared().build();

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(MIGRATIONS);

  @Test
  void rows_that_stay_are_met_exactly_once_in_order_in_both_directions() throws Exception {
    Random random = new Random(20261121);
    List<Ticket> staying =
        IntStream.range(0, STAYING).mapToObj(i -> Ticket.random(random)).toList();
    ROWS.insertAll(database.get(), staying);
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger passed = new AtomicInteger();
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        Random choice = new Random(i);
        running.add(writers.submit(() -> comeAndGo(choice, done, passed)));
      }
      for (int trial = 0; trial < 12; trial++) {
        List<SortField<?>> order = randomOrder(random);
        Page.Request request =
            Page.Request.of(1 + random.nextInt(20)).orderBy(order.toArray(SortField<?>[]::new));
        List<UUID> expected = plainIds(staying, order);
        assertThat(met(request, true, expected)).as("%s", order).isEqualTo(expected);
        assertThat(met(request, false, expected)).as("%s backward", order).isEqualTo(expected);
      }
      Waiting.until(() -> passed.get() > STAYING);
      done.set(true);
      for (Future<?> writer : running) {
        writer.get();
      }
    } finally {
      done.set(true);
      writers.shutdownNow();
    }
  }

  private void comeAndGo(Random random, AtomicBoolean done, AtomicInteger passed) {
    List<Ticket> mine = new ArrayList<>();
    while (!done.get()) {
      if (mine.size() < 20 || (mine.size() < 60 && random.nextBoolean())) {
        Ticket ticket = Ticket.random(random);
        ROWS.insert(database.get(), ticket);
        mine.add(ticket);
      } else {
        ROWS.delete(database.get(), mine.remove(random.nextInt(mine.size())).id());
        passed.incrementAndGet();
      }
    }
  }

  /** Those of the expected rows that the pages show. */
  private List<UUID> met(Page.Request request, boolean forward, List<UUID> expected) {
    Set<UUID> known = Set.copyOf(expected);
    List<UUID> met = new ArrayList<>();
    Page.Request next = forward ? request : request.fromEnd();
    while (true) {
      Page<Ticket> page = ROWS.page(database.get(), next);
      List<UUID> ids = page.rows().stream().map(Ticket::id).filter(known::contains).toList();
      met.addAll(forward ? met.size() : 0, ids);
      Optional<String> more = forward ? page.next() : page.previous();
      if (more.isEmpty()) {
        return met;
      }
      next = forward ? request.after(more.get()) : request.before(more.get());
    }
  }

  private List<UUID> plainIds(List<Ticket> staying, List<SortField<?>> order) {
    Set<UUID> ids = staying.stream().map(Ticket::id).collect(Collectors.toSet());
    List<SortField<?>> complete = new ArrayList<>(order);
    complete.add(ID.asc());
    return database
        .get()
        .sql()
        .select(ID)
        .from(TICKETS)
        .where(ID.in(ids))
        .orderBy(complete)
        .fetch(ID);
  }

  private static List<SortField<?>> randomOrder(Random random) {
    List<SortField<?>> order = new ArrayList<>();
    for (Field<?> column : random.nextBoolean() ? List.of(RANK, LABEL) : List.of(LABEL, RANK)) {
      SortField<?> sort = random.nextBoolean() ? column.asc() : column.desc();
      order.add(
          switch (random.nextInt(3)) {
            case 0 -> sort.nullsFirst();
            case 1 -> sort.nullsLast();
            default -> sort;
          });
    }
    return order;
  }
}
