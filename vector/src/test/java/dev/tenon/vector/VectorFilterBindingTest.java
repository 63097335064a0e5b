package dev.tenon.vector;

import static dev.tenon.vector.Notes.FEW;
import static dev.tenon.vector.Notes.ID;
import static dev.tenon.vector.Notes.LANGUAGE;
import static dev.tenon.vector.Notes.MANY;
import static dev.tenon.vector.Notes.NOTES;
import static dev.tenon.vector.Notes.REPOSITORY;
import static dev.tenon.vector.Notes.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Session;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.vector.Notes.Listed;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.jooq.Condition;
import org.jooq.Converter;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Param;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;

/** A filter means in a search what it means in a query of jOOQ's. */
@TenonTest(schema = Notes.class)
class VectorFilterBindingTest {

  private static final Param<Integer> BOUND = DSL.param("bound", 3_000);
  private static final Field<Language> SPOKEN =
      DSL.field(
          DSL.name("language"),
          SQLDataType.VARCHAR.asConvertedDataType(
              Converter.ofNullable(
                  String.class,
                  Language.class,
                  text -> Language.valueOf(text.toUpperCase(Locale.ROOT)),
                  language -> language.name().toLowerCase(Locale.ROOT))));

  enum Language {
    EN,
    DE
  }

  private static final List<Condition> LEAVES =
      List.of(
          LANGUAGE.eq("en"),
          LANGUAGE.ne("de"),
          ID.between(500, 4_000),
          ID.gt(BOUND),
          ID.lt(BOUND).or(ID.gt(BOUND.plus(BOUND).minus(1_000))),
          ID.gt(DSL.param("bound", 5_000)),
          ID.gt(DSL.param("2", 1_500)),
          LANGUAGE.eq(DSL.param("bound", "en")),
          LANGUAGE.eq(DSL.inline("en")),
          DSL.inlined(ID.gt(2_500).and(LANGUAGE.eq("en"))),
          ID.lt(DSL.inline(5_500)).and(ID.gt(600)),
          DSL.condition("id > ? and language = ?", 700, "de"),
          DSL.condition("id between {0} - {1} and {0} + {1}", DSL.val(3_000), DSL.val(800)),
          DSL.condition(
              "language = {1} and id <> {0} /* ? */", DSL.param("bound", 600), DSL.inline("en")),
          DSL.condition("language <> '?' and id % {0} = {1}", DSL.val(200), DSL.inline(0)),
          ID.in(100, 200, 300, 400, 900, 1_000),
          ID.eq(DSL.any(100, 300, 500)),
          SPOKEN.eq(Language.DE),
          SPOKEN.in(Language.EN, Language.DE),
          LANGUAGE.eq(DSL.val((String) null, SQLDataType.VARCHAR)).isNull(),
          ID.in(DSL.select(ID).from(NOTES).where(ID.lt(BOUND)).and(LANGUAGE.eq("en"))),
          DSL.row(ID, LANGUAGE).gt(DSL.row(2_000, "aa")),
          DSL.when(LANGUAGE.eq("en"), 1).otherwise(2).eq(2));

  private static Condition random(Random random, int depth) {
    if (depth == 0 || random.nextInt(4) == 0) {
      return LEAVES.get(random.nextInt(LEAVES.size()));
    }
    Condition left = random(random, depth - 1);
    return switch (random.nextInt(4)) {
      case 0 -> left.not();
      case 1 -> left.and(random(random, depth - 1)).or(left);
      case 2 -> left.or(random(random, depth - 1));
      default -> left.and(random(random, depth - 1));
    };
  }

  private static List<Integer> found(Session session, Condition filter) {
    return REPOSITORY
        .search(session, query())
        .where(filter)
        .into(Listed.class)
        .exact()
        .top(6_000)
        .fetch()
        .records()
        .stream()
        .map(Listed::id)
        .toList();
  }

  private static List<Integer> selected(Session session, Condition filter) {
    return session.sql().select(ID).from(NOTES).where(filter).fetch(ID);
  }

  @Test
  void finds_what_each_way_to_write_a_value_selects(TenantDatabase tenants) {
    for (Condition filter : LEAVES) {
      for (Condition used : List.of(filter, filter.not(), filter.and(filter).or(filter.not()))) {
        assertThat(found(tenants.as(FEW), used))
            .as(used.toString())
            .containsExactlyInAnyOrderElementsOf(selected(tenants.as(FEW), used));
      }
    }
  }

  @Test
  void finds_what_any_combination_of_them_selects(TenantDatabase tenants) {
    Random random = new Random(5);
    for (int i = 0; i < 200; i++) {
      Condition filter = random(random, 4);
      Session session = tenants.as(i % 10 == 0 ? MANY : FEW);
      assertThat(found(session, filter))
          .as(filter.toString())
          .containsExactlyInAnyOrderElementsOf(selected(session, filter));
    }
  }

  @Test
  void refuses_half_a_character_that_the_driver_would_replace(TenantDatabase tenants) {
    String half = "half \ud800 pair";
    Field<JSONB> document = DSL.val(JSONB.valueOf("[\"" + half + "\"]"));
    for (Condition filter :
        List.of(
            LANGUAGE.eq(half),
            LANGUAGE.eq(DSL.inline(half)),
            LANGUAGE.eq(DSL.any(half, "en")),
            LANGUAGE.in(DSL.select(DSL.val(half))),
            document.isNotNull())) {
      assertThatThrownBy(() -> found(tenants.as(FEW), filter))
          .as(filter.toString())
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("half of a surrogate pair");
    }
  }
}
