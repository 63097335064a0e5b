package dev.tenon.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Migrations;
import dev.tenon.core.Repository;
import dev.tenon.core.UuidV7;
import dev.tenon.core.search.Facets;
import dev.tenon.core.search.Suggestion;
import dev.tenon.core.search.TextHit;
import dev.tenon.core.search.TextQuery;
import dev.tenon.core.search.TextResult;
import dev.tenon.core.search.TextSearch;
import dev.tenon.core.search.Weight;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;

/** The snippets of docs/guide/search.md. */
@TenonTest(schema = SearchGuideTest.Schema.class)
class SearchGuideTest {

  static final Table<Record> ARTICLES = DSL.table(DSL.name("articles"));
  static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  static final Field<String> TITLE = DSL.field(DSL.name("title"), SQLDataType.VARCHAR);
  static final Field<String> BODY = DSL.field(DSL.name("body"), SQLDataType.VARCHAR);
  static final Field<String> LANGUAGE = DSL.field(DSL.name("language"), SQLDataType.VARCHAR);
  static final Field<String> TOPIC = DSL.field(DSL.name("topic"), SQLDataType.VARCHAR);

  record Article(UUID id, String title, String body, String language, String topic) {}

  static final TextSearch<Article> SEARCH =
      TextSearch.of(ARTICLES, Article.class)
          .text(TITLE, Weight.A)
          .text(BODY)
          .languageOf(LANGUAGE, Map.of("en", "english", "de", "german"))
          .asWritten()
          .similar(TITLE)
          .facets(TOPIC, LANGUAGE)
          .build();

  static final Repository<Article, UUID> articles =
      Repository.of(ARTICLES, Article.class).id(ID).build();

  record Title(UUID id, String title) {}

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("pg_trgm");
    }

    @Override
    public List<Migrations> migrations() {
      Migrations scripts =
          Migrations.named("articles")
              .script("V1__articles.sql", SEARCH.tableSql())
              .script(
                  "R__isolation.sql",
                  TenantTable.fence("articles").key("id").withoutBarrier().sql());
      return List.of(TenancyMigrations.all(), scripts);
    }
  }

  private static TenantSession filled(TenantDatabase tenants) {
    TenantSession acme = tenants.as(UuidV7.next());
    articles.insertAll(
        acme,
        List.of(
            new Article(UuidV7.next(), "Full disks", "Make room: <b>delete</b>", "en", "storage"),
            new Article(UuidV7.next(), "Backups", "Before the disk is full", "en", "storage"),
            new Article(UuidV7.next(), "Häuser", "Zwei Häuser am Meer", "de", "travel")));
    return acme;
  }

  @Test
  void searches_for_words(TenantDatabase tenants) {
    TenantSession acme = filled(tenants);

    TextResult<Article> result =
        SEARCH
            .search(acme, "\"full disk\" or delete -tape")
            .where(TOPIC.eq("storage"))
            .headline(BODY)
            .top(10)
            .fetch();
    for (TextHit<Article> hit : result.hits()) {
      String html = hit.headline().orElseThrow().html();
      assertThat(html).doesNotContain("<b>");
    }
    List<Title> titles = SEARCH.search(acme, "disk").into(Title.class).fetch().records();

    assertThat(result.hits()).hasSize(1);
    assertThat(titles).extracting(Title::title).containsExactly("Full disks", "Backups");
  }

  @Test
  void says_what_it_could_not_say(TenantDatabase tenants) {
    TenantSession acme = filled(tenants);

    TextQuery<Article> query = SEARCH.search(acme, "disk").ranked(50_000);
    TextResult<Article> result = query.fetch();
    String shown =
        result.emptyQuery()
            ? "Type a word."
            : result.matches() + (result.truncated() ? " or more" : "") + " articles";

    assertThat(shown).isEqualTo("2 articles");
  }

  @Test
  void counts_and_completes_and_suggests(TenantDatabase tenants) {
    TenantSession acme = filled(tenants);

    Facets facets = SEARCH.search(acme, "disk").facets(TOPIC, LANGUAGE);
    for (Facets.Count<String> topic : facets.of(TOPIC).counts()) {
      assertThat(topic).isEqualTo(new Facets.Count<>("storage", 2));
    }

    List<Article> typed = SEARCH.prefix(acme, "full dis").fetch().records();
    List<Article> alike = SEARCH.similar(acme, TITLE, "bakcups").fetch().records();
    List<Suggestion> meant = SEARCH.didYouMean(acme, "bakcups");

    assertThat(typed).extracting(Article::title).containsExactly("Full disks", "Backups");
    assertThat(alike).extracting(Article::title).containsExactly("Backups");
    assertThat(meant).extracting(Suggestion::suggestion).containsExactly("backups");
  }

  @Test
  void joins_a_query_of_the_applications_own(TenantDatabase tenants) {
    TenantSession acme = filled(tenants);

    List<String> topics =
        acme.sql()
            .selectDistinct(TOPIC)
            .from(ARTICLES)
            .where(SEARCH.condition("disk"))
            .fetch(TOPIC);

    assertThat(topics).containsExactly("storage");
  }
}
