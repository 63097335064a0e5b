package dev.tenon.guide;

import static dev.tenon.guide.Library.AUTHORS;
import static dev.tenon.guide.Library.AUTHOR_ID;
import static dev.tenon.guide.Library.AUTHOR_NAME;
import static dev.tenon.guide.Library.BOOKS;
import static dev.tenon.guide.Library.BOOK_AUTHOR;
import static dev.tenon.guide.Library.BOOK_PAGES;
import static dev.tenon.guide.Library.BOOK_TITLE;
import static dev.tenon.guide.Library.authors;
import static dev.tenon.guide.Library.books;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Projection;
import dev.tenon.core.UuidV7;
import dev.tenon.guide.Library.Author;
import dev.tenon.guide.Library.Book;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import java.util.List;
import java.util.UUID;
import org.jooq.Records;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Library.class)
class RelationsGuideTest {

  private final UUID acmeId = UuidV7.next();
  private final UUID boltId = UuidV7.next();
  private final UUID ursulaId = UuidV7.next();

  record Spine(String title, int pages) {}

  static final Projection<Spine, UUID> spines = books.project(Spine.class);

  record Shelf(int books, int pages) {}

  record Works(String name, List<Spine> books) {}

  @Test
  void reads_other_records(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    fill(acme, "acme");
    fill(tenants.as(boltId), "bolt");

    List<Spine> thick = spines.list(acme, BOOK_PAGES.gt(100), BOOK_TITLE.asc());
    List<Spine> thickest = spines.top(acme, 1, BOOK_AUTHOR.eq(ursulaId), BOOK_PAGES.desc());

    List<Shelf> shelves =
        acme.sql()
            .select(DSL.count(), BOOK_PAGES)
            .from(BOOKS)
            .groupBy(BOOK_PAGES)
            .orderBy(BOOK_PAGES)
            .fetch(Records.mapping(Shelf::new));

    assertThat(thick).containsExactly(new Spine("acme 2", 200), new Spine("acme 3", 200));
    assertThat(thickest).containsExactly(new Spine("acme 2", 200));
    assertThat(shelves).containsExactly(new Shelf(1, 100), new Shelf(2, 200));
  }

  @Test
  void reads_rows_with_what_belongs_to_them_in_one_round_trip(
      TenantDatabase tenants, QueryLog queries) {
    TenantSession acme = tenants.as(acmeId);
    fill(acme, "acme");
    fill(tenants.as(boltId), "bolt");
    assertThat(works(tenants.as(boltId))).isEqualTo(worksOf("bolt"));
    queries.clear();

    List<Works> works = works(acme);

    assertThat(queries).hasSelects(1).hasRoundTrips(1);
    assertThat(works).isEqualTo(worksOf("acme"));
    assertThat(works(tenants.as(UuidV7.next()))).isEmpty();
  }

  /** Nothing but the isolation keeps the books of the other tenant's author of that id apart. */
  private static List<Works> works(TenantSession acme) {
    List<Works> works =
        acme.sql()
            .select(
                AUTHOR_NAME,
                DSL.multiset(
                        DSL.select(BOOK_TITLE, BOOK_PAGES)
                            .from(BOOKS)
                            .where(BOOK_AUTHOR.eq(AUTHOR_ID))
                            .orderBy(BOOK_TITLE))
                    .convertFrom(books -> books.map(Records.mapping(Spine::new))))
            .from(AUTHORS)
            .orderBy(AUTHOR_NAME)
            .fetch(Records.mapping(Works::new));
    return works;
  }

  private static List<Works> worksOf(String tenant) {
    return List.of(
        new Works("Silent", List.of()),
        new Works(
            "Ursula",
            List.of(
                new Spine(tenant + " 1", 100),
                new Spine(tenant + " 2", 200),
                new Spine(tenant + " 3", 200))));
  }

  /** Both tenants have an author with this identifier. */
  private void fill(TenantSession session, String tenant) {
    authors.insertAll(
        session, List.of(new Author(ursulaId, "Ursula"), new Author(UuidV7.next(), "Silent")));
    books.insertAll(
        session,
        List.of(
            new Book(UuidV7.next(), ursulaId, tenant + " 1", 100),
            new Book(UuidV7.next(), ursulaId, tenant + " 2", 200),
            new Book(UuidV7.next(), ursulaId, tenant + " 3", 200)));
  }
}
