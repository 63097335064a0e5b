package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.core.health.HealthFinding.Severity;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.VectorFinding.Check;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Two models of the same dimensions over one column are told apart. */
@TenonTest(schema = VectorSpaceNoteTest.Schema.class)
final class VectorSpaceNoteTest {

  record Page(int id, String text, Embedding embedding) {}

  record NewPage(int id, String text, Embedding better) {}

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  /** A name that breaks out of whatever does not quote it. */
  private static final String HOSTILE = "o'\"; drop table pages; -- \\ ${x} %s $$ 😀";

  private static final VectorSpace PLAIN = VectorSpace.cosine(8);
  private static final VectorSpace SPACE = PLAIN.model("bge", "1");
  private static final VectorSpace BETTER = VectorSpace.l2(12).half().model(HOSTILE, "2");

  private static VectorRepository<Page> pages(VectorSpace space) {
    return VectorRepository.of("pages", Page.class, space);
  }

  private static VectorRepository<Page> fenced(VectorSpace space) {
    return VectorRepository.of("fenced_pages", Page.class, space);
  }

  private static VectorRepository<Page> untold(VectorSpace space) {
    return VectorRepository.of("untold", Page.class, space);
  }

  private static VectorRepository<NewPage> better(VectorSpace space) {
    return VectorRepository.of("pages", NewPage.class, space);
  }

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      ModelChange<Page, NewPage, RuntimeException> change =
          ModelChange.of(pages(SPACE), better(BETTER), all -> List.of());
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("pages")
              .script(
                  "V1__pages.sql",
                  pages(SPACE).tableSql()
                      + pages(SPACE).indexSql()
                      + TenantTable.rls("pages").sql()
                      + change.addSql()
                      + better(BETTER).indexSql())
              .script(
                  "V2__fenced.sql",
                  fenced(SPACE).tableSql() + TenantTable.fence("fenced_pages").key("id").sql())
              .script(
                  "V3__untold.sql",
                  untold(PLAIN).tableSql()
                      + untold(PLAIN).indexSql()
                      + TenantTable.rls("untold").sql()
                      + "comment on column untold.embedding is 'as the crawler makes them';\n"));
    }
  }

  private static List<Check> checks(List<VectorFinding> findings) {
    return findings.stream().map(VectorFinding::check).toList();
  }

  private static VectorFinding only(List<VectorFinding> findings) {
    assertThat(findings).hasSize(1);
    return findings.get(0);
  }

  @Test
  void a_repository_of_the_space_finds_nothing(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    assertThat(pages(SPACE).findings(acme)).isEmpty();
    assertThat(fenced(SPACE).findings(acme)).isEmpty();
    assertThat(better(BETTER).findings(acme)).isEmpty();
    assertThatCode(() -> fenced(SPACE).requireSpace(acme)).doesNotThrowAnyException();
  }

  @Test
  void another_model_of_the_same_dimensions_is_named_beside_that_of_the_column(
      TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    for (VectorSpace other :
        List.of(PLAIN.model("bge", "2"), PLAIN.model("e5", "1"), PLAIN.model("bge\", \"1", "1"))) {
      VectorFinding finding = only(pages(other).findings(acme));
      assertThat(finding.check()).isEqualTo(Check.MODEL);
      assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
      for (VectorRepository<Page> repository : List.of(pages(other), fenced(other))) {
        assertThatThrownBy(() -> repository.requireSpace(acme))
            .isInstanceOf(UsageException.class)
            .hasMessageContaining("cosine(8).model(\"bge\", \"1\")")
            .hasMessageContaining(other.toString());
      }
    }
  }

  @Test
  void another_metric_or_length_is_another_space(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    for (VectorSpace other :
        List.of(VectorSpace.l2(8), VectorSpace.l2(8).model("bge", "1"), SPACE.normalized())) {
      assertThat(checks(pages(other).findings(acme))).containsExactly(Check.SPACE);
      assertThatThrownBy(() -> pages(other).requireSpace(acme)).isInstanceOf(UsageException.class);
    }
  }

  @Test
  void a_type_that_does_not_hold_the_vectors_is_found_without_a_comment(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    for (VectorSpace other : List.of(VectorSpace.cosine(9), PLAIN.half())) {
      assertThat(checks(untold(other).findings(acme))).containsExactly(Check.COLUMN);
      assertThatThrownBy(() -> untold(other).requireSpace(acme))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("vector(8)")
          .hasMessageContaining(other.toString());
    }
    assertThatThrownBy(() -> VectorRepository.of("none", Page.class, PLAIN).requireSpace(acme))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("there is no column embedding");
  }

  @Test
  void what_is_unknown_is_advice_until_it_is_noted(TenantDatabase tenants, TestDatabase made) {
    Session acme = tenants.as(ACME);
    assertThat(only(untold(SPACE).findings(acme)).severity()).isEqualTo(Severity.ADVICE);
    assertThatCode(() -> untold(SPACE).requireSpace(acme)).doesNotThrowAnyException();
    VectorFinding nameless = only(pages(PLAIN).findings(acme));
    assertThat(nameless.check()).isEqualTo(Check.MODEL);
    assertThat(nameless.severity()).isEqualTo(Severity.WARNING);

    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.sql().execute(untold(PLAIN).spaceSql());
      assertThat(only(untold(SPACE).findings(acme)).severity()).isEqualTo(Severity.ADVICE);
      owner.sql().execute(untold(SPACE).spaceSql());
    }
    assertThat(untold(SPACE).findings(acme)).isEmpty();
  }

  @Test
  void a_comment_may_tell_more_on_other_lines(TenantDatabase tenants, TestDatabase made) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner
          .sql()
          .execute(
              "comment on column untold.embedding is E'as the crawler makes them\\ntenon space: "
                  + SPACE
                  + "'");
    }
    assertThat(untold(SPACE).findings(tenants.as(ACME))).isEmpty();
    assertThat(checks(untold(PLAIN.model("bge", "2")).findings(tenants.as(ACME))))
        .containsExactly(Check.MODEL);
  }

  @Test
  void an_embedder_of_another_model_is_refused_before_it_is_asked(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    AtomicInteger asked = new AtomicInteger();
    Embedder<RuntimeException> untold =
        text -> {
          asked.incrementAndGet();
          return Vectors.random(text.hashCode(), 8);
        };
    Embedder<RuntimeException> other = untold.of(new VectorSpace.Model("bge", "2"));
    DocumentRepository documents = DocumentRepository.of("passages", SPACE);
    List<DocumentRepository.Piece> pieces = List.of(new DocumentRepository.Piece(0, 1, "a"));

    assertThatThrownBy(() -> pages(SPACE).search(acme, "disk", other))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("model(\"bge\", \"1\")")
        .hasMessageContaining("model(\"bge\", \"2\")");
    assertThatThrownBy(() -> documents.replace(acme, UUID.randomUUID(), pieces, other))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("model(\"bge\", \"2\")");
    assertThat(asked).hasValue(0);

    Embedder<RuntimeException> own = untold.of(new VectorSpace.Model("bge", "1"));
    assertThat(pages(SPACE).search(acme, "disk", own).fetch().hits()).isEmpty();
    assertThat(pages(SPACE).search(acme, "disk", untold).fetch().hits()).isEmpty();
    assertThat(pages(PLAIN).search(acme, "disk", other).fetch().hits()).isEmpty();
    assertThat(asked).hasValue(3);
  }

  @Test
  void a_model_has_a_name_and_a_version_of_plain_text() {
    String longest = "x".repeat(200);
    assertThat(PLAIN.model(longest, HOSTILE).model())
        .contains(new VectorSpace.Model(longest, HOSTILE));
    for (String refused :
        new String[] {"", " ", "a\nb", "a\0", longest + "x", "\ud800", "\u0085"}) {
      assertThatThrownBy(() -> PLAIN.model(refused, "1")).isInstanceOf(UsageException.class);
      assertThatThrownBy(() -> PLAIN.model("bge", refused)).isInstanceOf(UsageException.class);
    }
    assertThat(PLAIN.model()).isEmpty();
    assertThat(SPACE)
        .isEqualTo(PLAIN.model("bge", "1"))
        .isNotEqualTo(PLAIN)
        .hasToString("cosine(8).model(\"bge\", \"1\")");
    assertThat(SPACE.half().normalized())
        .hasToString("cosine(8).half().normalized().model(\"bge\", \"1\")");
  }
}
