package dev.tenon.guide.search;

import static dev.tenon.guide.search.Articles.ACME;
import static dev.tenon.guide.search.Articles.BODY;
import static dev.tenon.guide.search.Articles.BOLT;
import static dev.tenon.guide.search.Articles.SEARCH;
import static dev.tenon.guide.search.Articles.TITLE;
import static dev.tenon.guide.search.Articles.TOPIC;
import static dev.tenon.guide.search.Articles.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Session;
import dev.tenon.core.search.TextQuery;
import dev.tenon.guide.search.Articles.Article;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Condition;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** A table whose policies were forgotten: what the search itself adds must hold. */
@TenonTest(schema = Articles.Unguarded.class)
class SearchIsolationTest {

  private static final Article OWN =
      Article.of("postgres disk", "the postgres disk is full").about("storage");

  private static final List<Condition> FILTERS =
      List.of(
          DSL.noCondition(),
          DSL.trueCondition(),
          TOPIC.eq("storage").or(TOPIC.ne("storage")),
          DSL.condition("topic = 'storage' or true"),
          DSL.condition("tenant_id <> {0} or {1}", DSL.val(ACME), DSL.inline(true)),
          DSL.not(DSL.field(DSL.name("tenant_id")).isNull()));

  private static List<TextQuery<Article>> queries(Session session) {
    List<TextQuery<Article>> queries = new ArrayList<>();
    for (String words : List.of("disk", "disk or secret", "-zebra", "\"postgres disk\"")) {
      queries.add(SEARCH.search(session, words).headline(BODY));
    }
    queries.add(SEARCH.prefix(session, "dis").headline(BODY));
    queries.add(SEARCH.similar(session, TITLE, "postgers disk", 0.1));
    queries.add(SEARCH.similarWords(session, BODY, "disk", 0.1));
    queries.add(SEARCH.similar(session, TITLE, "po"));
    return queries;
  }

  /** Everything that a search can tell. */
  private static List<Object> told(Session session) {
    List<Object> told = new ArrayList<>();
    for (Condition filter : FILTERS) {
      for (TextQuery<Article> query : queries(session)) {
        told.add(query.where(filter).fetch());
        told.add(query.where(filter).facets(TOPIC).of(TOPIC));
      }
    }
    told.add(SEARCH.didYouMean(session, "postgers dsik secrte"));
    return told;
  }

  @Test
  void tells_the_same_whatever_other_tenants_have(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, OWN);
    List<Object> alone = told(acme);

    for (int i = 0; i < 50; i++) {
      write(tenants.as(BOLT), Article.of("postgres secret disk " + i, "disk").about("secret"));
    }

    assertThat(told(acme)).isEqualTo(alone);
    assertThat(SEARCH.search(tenants.as(BOLT), "disk").fetch().matches()).isEqualTo(50);
  }

  @Test
  void finds_its_own_by_every_query(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, OWN);

    assertThat(queries(acme))
        .allSatisfy(query -> assertThat(query.fetch().records()).containsExactly(OWN));
  }
}
