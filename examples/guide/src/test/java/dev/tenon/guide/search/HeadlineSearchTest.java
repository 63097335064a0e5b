package dev.tenon.guide.search;

import static dev.tenon.guide.search.Articles.ACME;
import static dev.tenon.guide.search.Articles.BODY;
import static dev.tenon.guide.search.Articles.SEARCH;
import static dev.tenon.guide.search.Articles.TITLE;
import static dev.tenon.guide.search.Articles.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.search.Headline;
import dev.tenon.core.search.TextResult;
import dev.tenon.guide.search.Articles.Article;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A headline shows a passage of the row as it is, and marks what was searched for. */
@TenonTest(schema = Articles.class)
class HeadlineSearchTest {

  private static Headline headline(TextResult<Article> result) {
    return result.hits().get(0).headline().orElseThrow();
  }

  private static Headline headline(TenantDatabase tenants, String words, String body) {
    TenantSession acme = tenants.as(ACME);
    Article article = Article.of("Title", body);
    write(acme, article);
    return headline(
        SEARCH.search(acme, words).where(Articles.ID.eq(article.id())).headline(BODY).fetch());
  }

  private static List<String> marked(Headline headline) {
    return headline.parts().stream()
        .filter(Headline.Part::matched)
        .map(Headline.Part::text)
        .toList();
  }

  @Test
  void shows_what_looks_like_a_tag_as_it_is_written(TenantDatabase tenants) {
    for (String text :
        List.of(
            "vector<int> and Map<String, List<X>> disk if a<b then c>d end",
            "<b>disk</b>",
            "< b> < disk <  <! >",
            "<!-- a --> <?xml b?> disk <a href=\"c.html\">d</a> <_e <:f -1<-1 &lt;g>",
            "\uFFFD<\uE000 disk <\u0001")) {
      Headline headline = headline(tenants, "disk", text);

      assertThat(headline.text()).isEqualTo(text);
      assertThat(marked(headline)).as(text).containsExactly("disk");
    }
  }

  @Test
  void marks_a_phrase_with_a_tag_between_its_words(TenantDatabase tenants) {
    Headline headline =
        headline(tenants, "\"full disk\"", "word ".repeat(60) + "the full <b>disk</b> is here");

    assertThat(marked(headline)).containsExactly("full", "disk");
    assertThat(headline.text()).contains("full <b>disk</b>");
  }

  @Test
  void shows_a_phrase_rather_than_its_words_before_it(TenantDatabase tenants) {
    Headline headline =
        headline(
            tenants,
            "\"full disk\"",
            "a < disk that is never full " + "word ".repeat(60) + "a full disk is here");

    assertThat(headline.text()).contains("a full disk");
  }

  @Test
  void marks_nothing_that_is_not_wanted(TenantDatabase tenants) {
    String text = "the disk, tapes and a full cartridge of tape in wi-fi reach; it's o'clock";

    for (String words :
        List.of(
            "disk or delete -tape",
            "\"full disk\" or disk or delete -tape -cartridge",
            "disk or -tape -missing",
            "-missing -ribbon or disk or delete -tape",
            "-\"full wi-fi tape\" or disk",
            "-\"tape full\" disk or -wi-fi",
            "disk -\"o'clock tape\"",
            "-o'clock disk or disk or -\"it's o'clock\"")) {
      assertThat(marked(headline(tenants, words, text)))
          .as(words)
          .contains("disk")
          .doesNotContain("tape", "tapes", "cartridge", "wi-fi", "wi", "fi", "clock", "o");
    }
  }

  @Test
  void whatever_is_asked_for_has_a_headline(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("disk", "full disk of it's (tape) disks"));
    List<String> pieces =
        List.of(
            "disk",
            "full",
            "-",
            "-tape",
            "\"",
            "\"full disk\"",
            "-\"full disk\"",
            "or",
            "it's",
            "(",
            ")",
            "!",
            "&",
            "|",
            "<->",
            ":*",
            "a-b",
            "-a-b",
            "\\",
            "''",
            "the",
            "-the",
            "x:y",
            "1.5e3",
            "-http://a.b/c?d='e'",
            "é",
            "<b>",
            "-<b>");
    Random random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      String words =
          random
              .ints(1 + random.nextInt(6), 0, pieces.size())
              .mapToObj(pieces::get)
              .collect(Collectors.joining(random.nextBoolean() ? " " : ""));
      TextResult<Article> result = SEARCH.search(acme, words).headline(BODY).fetch();
      assertThat(result.hits())
          .as(words)
          .allSatisfy(hit -> assertThat(hit.headline().orElseThrow().text()).contains("disk"));
    }
  }

  @Test
  void marks_nothing_where_nothing_is_wanted(TenantDatabase tenants) {
    for (String words : List.of("-missing", "-missing or -\"tape disk\"", "-disks or -tapes")) {
      Headline headline = headline(tenants, words, "a tape beside the rest");

      assertThat(marked(headline)).as(words).isEmpty();
      assertThat(headline.text()).isEqualTo("a tape beside the rest");
    }
  }

  @Test
  void marks_what_matched_in_the_language_of_the_row(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("Titel", "Zwei Häuser am Meer & ein <b>Boot</b>").in("de"));

    Headline headline = headline(SEARCH.search(acme, "Haus").headline(BODY).fetch());

    assertThat(headline.parts())
        .filteredOn(Headline.Part::matched)
        .extracting(Headline.Part::text)
        .containsExactly("Häuser");
    assertThat(headline.html()).startsWith("Zwei <mark>Häuser</mark> am Meer &amp;");
  }

  @Test
  void lets_no_text_forge_a_mark(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("forged", "\uFDD0evil\uFDD1 <b>disk</b> <mark>evil</mark> \uFDD0"));

    Headline headline = headline(SEARCH.search(acme, "disk").headline(BODY).fetch());

    assertThat(headline.parts())
        .filteredOn(Headline.Part::matched)
        .extracting(Headline.Part::text)
        .containsExactly("disk");
    assertThat(headline.text()).contains("\uFFFDevil\uFFFD");
  }

  @Test
  void has_an_empty_headline_of_a_column_that_is_null(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("disk", null));

    assertThat(headline(SEARCH.search(acme, "disk").headline(BODY).fetch()).parts()).isEmpty();
    assertThat(headline(SEARCH.search(acme, "disk").headline(TITLE).fetch()).html())
        .isEqualTo("<mark>disk</mark>");
  }
}
