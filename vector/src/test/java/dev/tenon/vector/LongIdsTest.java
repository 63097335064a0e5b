package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Texts that identify a row, of more bytes than the index of the key holds. */
@TenonTest(schema = LongIdsTest.Schema.class)
class LongIdsTest {

  record Item(String id, Embedding embedding) {}

  private static final VectorRepository<Item> ITEMS =
      VectorRepository.of("items", Item.class, VectorSpace.l2(3));

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("items")
              .script("V1__items.sql", ITEMS.tableSql() + TenantTable.rls("items").sql()));
    }
  }

  @Test
  void one_is_refused_as_bad_data_by_all_ways_to_write(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Item item = item(letters(4_000));
    List<ThrowingCallable> writes =
        List.of(
            () -> ITEMS.upsert(acme, item),
            () -> ITEMS.upsertAll(acme, List.of(item("a"), item)),
            () -> ITEMS.load(acme, Stream.of(item("a"), item)));
    for (ThrowingCallable write : writes) {
      InvalidDataException refused = catchThrowableOfType(InvalidDataException.class, write);
      assertThat(refused.constraint()).contains("items_pkey");
      assertThat(refused).hasMessageContaining("constraint items_pkey, table items");
    }
    assertThat(ITEMS.search(acme, new float[3]).exact().fetch().hits()).isEmpty();
  }

  private static Item item(String id) {
    return new Item(id, Embedding.of(1, 2, 3));
  }

  /** That the server cannot compress. */
  private static String letters(int count) {
    return new Random(1)
        .ints(count, 'a', 'z' + 1)
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
  }
}
