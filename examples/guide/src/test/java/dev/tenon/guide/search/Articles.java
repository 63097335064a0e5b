package dev.tenon.guide.search;

import dev.tenon.core.Migrations;
import dev.tenon.core.Repository;
import dev.tenon.core.Session;
import dev.tenon.core.UuidV7;
import dev.tenon.core.search.TextSearch;
import dev.tenon.core.search.Weight;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** An empty table of articles in three languages, with all its indexes, and its policies. */
class Articles implements TestSchema {

  static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  static final UUID BOLT = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b22");

  static final Table<Record> ARTICLES = DSL.table(DSL.name("articles"));
  static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  static final Field<String> TITLE = text("title");
  static final Field<String> BODY = text("body");
  static final Field<String> LANGUAGE = text("language");
  static final Field<String> TOPIC = text("topic");
  static final Field<Integer> VIEWS = DSL.field(DSL.name("views"), SQLDataType.INTEGER);

  record Article(
      UUID id,
      String title,
      @Nullable String body,
      String language,
      @Nullable String topic,
      int views) {

    static Article of(String title, @Nullable String body) {
      return new Article(UuidV7.next(), title, body, "en", null, 0);
    }

    Article in(String other) {
      return new Article(id, title, body, other, topic, views);
    }

    Article about(String other) {
      return new Article(id, title, body, language, other, views);
    }

    Article viewed(int times) {
      return new Article(id, title, body, language, topic, times);
    }
  }

  static final Repository<Article, UUID> repository =
      Repository.of(ARTICLES, Article.class).id(ID).build();

  static final TextSearch<Article> SEARCH =
      TextSearch.of(ARTICLES, Article.class)
          .text(TITLE, Weight.A)
          .text(BODY)
          .languageOf(LANGUAGE, Map.of("en", "english", "de", "german", "xx", "simple"))
          .asWritten()
          .similar(TITLE)
          .similar(BODY)
          .facets(TOPIC, LANGUAGE, VIEWS)
          .build();

  private static Field<String> text(String name) {
    return DSL.field(DSL.name(name), SQLDataType.VARCHAR);
  }

  static void write(Session session, Article... articles) {
    repository.insertAll(session, Arrays.asList(articles));
  }

  static List<String> titles(List<Article> articles) {
    return articles.stream().map(Article::title).toList();
  }

  @Override
  public Set<String> extensions() {
    return Set.of("pg_trgm");
  }

  @Override
  public List<Migrations> migrations() {
    return List.of(
        TenancyMigrations.all(),
        Migrations.named("articles")
            .script("V1__articles.sql", SEARCH.tableSql())
            .script("V2__isolation.sql", isolation()));
  }

  String isolation() {
    return TenantTable.rls("articles").key("id").sql();
  }

  /** The same behind a fence. */
  static final class Fenced extends Articles {
    @Override
    String isolation() {
      return TenantTable.fence("articles").key("id").sql();
    }
  }

  /** The same with the isolation forgotten: what Tenon adds to each statement must hold alone. */
  static final class Unguarded extends Articles {
    @Override
    String isolation() {
      return "select 1";
    }
  }
}
