package dev.tenon.guide.search;

import static dev.tenon.guide.search.Articles.ACME;
import static dev.tenon.guide.search.Articles.LANGUAGE;
import static dev.tenon.guide.search.Articles.SEARCH;
import static dev.tenon.guide.search.Articles.TOPIC;
import static dev.tenon.guide.search.Articles.VIEWS;
import static dev.tenon.guide.search.Articles.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.search.TextResult;
import dev.tenon.guide.search.Articles.Article;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jooq.Condition;
import org.junit.jupiter.api.Test;

/** Filters and words find what the same finds in Java. */
@TenonTest(schema = Articles.class)
class SearchFilterTest {

  private static final List<String> WORDS =
      List.of("kilo", "lima", "mike", "oscar", "papa", "tango");
  private static final List<String> TOPICS = List.of("a'b", "c\\d", "\"e\"", "f%_", "😀");

  private static List<Article> random(Random random, int count) {
    List<Article> articles = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String title =
          IntStream.range(0, 1 + random.nextInt(3))
              .mapToObj(word -> WORDS.get(random.nextInt(WORDS.size())))
              .collect(Collectors.joining(" "));
      articles.add(
          Article.of(title, null)
              .about(TOPICS.get(random.nextInt(TOPICS.size())))
              .in(random.nextBoolean() ? "en" : "de")
              .viewed(random.nextInt(100)));
    }
    return articles;
  }

  /** What is asked for, on the server and in Java. */
  private record Asked(String words, Condition condition, Predicate<Article> predicate) {}

  private static Asked filter(Random random, int depth) {
    int kind = random.nextInt(depth == 0 ? 3 : 6);
    if (kind < 3) {
      return leaf(random, kind);
    }
    Asked one = filter(random, depth - 1);
    Asked other = filter(random, depth - 1);
    return switch (kind) {
      case 3 -> new Asked("", one.condition.not(), one.predicate.negate());
      case 4 ->
          new Asked("", one.condition.and(other.condition), one.predicate.and(other.predicate));
      default ->
          new Asked("", one.condition.or(other.condition), one.predicate.or(other.predicate));
    };
  }

  private static Asked leaf(Random random, int kind) {
    String topic = TOPICS.get(random.nextInt(TOPICS.size()));
    int bound = random.nextInt(100);
    return switch (kind) {
      case 0 -> new Asked("", TOPIC.eq(topic), article -> topic.equals(article.topic()));
      case 1 -> new Asked("", VIEWS.gt(bound), article -> article.views() > bound);
      default -> new Asked("", LANGUAGE.eq("en"), article -> article.language().equals("en"));
    };
  }

  private static boolean holds(Article article, String word) {
    return List.of(article.title().split(" ", -1)).contains(word);
  }

  private static Asked words(Random random, Asked filter) {
    String one = WORDS.get(random.nextInt(WORDS.size()));
    String other = WORDS.get(random.nextInt(WORDS.size()));
    Predicate<Article> hasOne = article -> holds(article, one);
    Predicate<Article> hasOther = article -> holds(article, other);
    return switch (random.nextInt(5)) {
      case 0 -> asked(one, hasOne, filter);
      case 1 -> asked(one + " " + other, hasOne.and(hasOther), filter);
      case 2 -> asked(one + " or " + other, hasOne.or(hasOther), filter);
      case 3 -> asked(one + " -" + other, hasOne.and(hasOther.negate()), filter);
      default ->
          asked(
              '"' + one + ' ' + other + '"',
              article -> article.title().contains(one + " " + other),
              filter);
    };
  }

  private static Asked asked(String words, Predicate<Article> hold, Asked filter) {
    return new Asked(words, filter.condition, hold.and(filter.predicate));
  }

  @Test
  void find_what_the_same_finds_in_java(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Random random = new Random(7);
    List<Article> articles = random(random, 400);
    write(acme, articles.toArray(Article[]::new));
    write(tenants.as(Articles.BOLT), random(random, 400).toArray(Article[]::new));
    for (int i = 0; i < 200; i++) {
      Asked asked = words(random, filter(random, 4));
      List<Article> expected = articles.stream().filter(asked.predicate()).toList();

      TextResult<Article> found =
          SEARCH.search(acme, asked.words()).where(asked.condition()).top(1_000).fetch();

      assertThat(found.records())
          .as("%s where %s", asked.words(), asked.condition())
          .containsExactlyInAnyOrderElementsOf(expected);
      assertThat(found.matches()).isEqualTo(expected.size());
    }
  }
}
