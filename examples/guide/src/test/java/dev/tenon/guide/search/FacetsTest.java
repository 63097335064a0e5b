package dev.tenon.guide.search;

import static dev.tenon.guide.search.Articles.ACME;
import static dev.tenon.guide.search.Articles.LANGUAGE;
import static dev.tenon.guide.search.Articles.SEARCH;
import static dev.tenon.guide.search.Articles.TITLE;
import static dev.tenon.guide.search.Articles.TOPIC;
import static dev.tenon.guide.search.Articles.VIEWS;
import static dev.tenon.guide.search.Articles.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.UsageException;
import dev.tenon.core.search.Facets;
import dev.tenon.core.search.Facets.Count;
import dev.tenon.guide.search.Articles.Article;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Articles.class)
class FacetsTest {

  @Test
  void count_the_rows_that_match_by_each_value(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(
        acme,
        Article.of("disk one", null).about("storage").viewed(3),
        Article.of("disk two", null).about("storage").viewed(4),
        Article.of("disk three", null).about("archive").viewed(3),
        Article.of("disk four", null).viewed(3),
        Article.of("cable", null).about("network"));

    Facets facets = SEARCH.search(acme, "disk").facets(VIEWS, TOPIC);

    assertThat(facets.of(TOPIC).counts())
        .containsExactly(
            new Count<>("storage", 2), new Count<>("archive", 1), new Count<>(null, 1));
    assertThat(facets.of(VIEWS).counts()).containsExactly(new Count<>(3, 3), new Count<>(4, 1));
    assertThat(facets.of(TOPIC).truncated()).isFalse();
  }

  @Test
  void count_under_the_same_filter_however_many_rows_are_returned(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(
        acme,
        IntStream.range(0, 40)
            .mapToObj(i -> Article.of("disk", null).viewed(i).in(i % 4 == 0 ? "de" : "en"))
            .toArray(Article[]::new));

    Facets facets =
        SEARCH
            .search(acme, "disk")
            .where(VIEWS.lt(20))
            .where(VIEWS.ge(4))
            .top(1)
            .ranked(2)
            .facets(LANGUAGE);

    assertThat(facets.of(LANGUAGE).counts())
        .containsExactly(new Count<>("en", 12), new Count<>("de", 4));
  }

  @Test
  void say_that_there_are_more_values(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(
        acme,
        IntStream.range(0, 101)
            .mapToObj(i -> Article.of("disk", null).viewed(i).about(i == 0 ? "t1" : "t" + i))
            .toArray(Article[]::new));

    Facets facets = SEARCH.search(acme, "disk").facets(VIEWS, TOPIC);

    assertThat(facets.of(VIEWS).counts()).hasSize(100);
    assertThat(facets.of(VIEWS).truncated()).isTrue();
    assertThat(facets.of(TOPIC).counts()).hasSize(100);
    assertThat(facets.of(TOPIC).truncated()).isFalse();
    assertThat(facets.of(TOPIC).counts().get(0)).isEqualTo(new Count<>("t1", 2));
  }

  @Test
  void count_what_begins_so_and_what_is_similar(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(
        acme,
        Article.of("database", null).about("storage"),
        Article.of("cable", null).about("network"));

    assertThat(SEARCH.prefix(acme, "data").facets(TOPIC).of(TOPIC).counts())
        .containsExactly(new Count<>("storage", 1));
    assertThat(SEARCH.similar(acme, TITLE, "datbase").facets(TOPIC).of(TOPIC).counts())
        .containsExactly(new Count<>("storage", 1));
  }

  @Test
  void are_those_that_were_declared(TenantDatabase tenants) {
    var query = SEARCH.search(tenants.as(ACME), "disk");

    assertThatThrownBy(() -> query.facets(TITLE))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("[topic, language, views]");
    assertThatThrownBy(query::facets).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> query.facets(TOPIC).of(VIEWS))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("views was not counted");
  }

  @Test
  void take_one_round_trip(TenantDatabase tenants, QueryLog queries) {
    TenantSession acme = tenants.as(ACME);
    SEARCH.search(acme, "disk").facets(TOPIC);
    queries.clear();

    SEARCH.search(acme, "disk").facets(TOPIC, LANGUAGE, VIEWS);

    assertThat(queries).hasSelects(1).hasRoundTrips(1);
  }
}
