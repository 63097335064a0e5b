package dev.tenon.guide;

import dev.tenon.core.Migrations;
import dev.tenon.core.Repository;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import java.util.List;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** Authors and their books, which refer to them. */
final class Library implements TestSchema {

  private static final Name AUTHOR = DSL.name("authors");
  private static final Name BOOK = DSL.name("books");

  static final Table<Record> AUTHORS = DSL.table(AUTHOR);
  static final Field<UUID> AUTHOR_ID = DSL.field(AUTHOR.append("id"), SQLDataType.UUID);
  static final Field<String> AUTHOR_NAME = DSL.field(AUTHOR.append("name"), SQLDataType.VARCHAR);
  static final Table<Record> BOOKS = DSL.table(BOOK);
  static final Field<UUID> BOOK_ID = DSL.field(BOOK.append("id"), SQLDataType.UUID);
  static final Field<UUID> BOOK_AUTHOR = DSL.field(BOOK.append("author_id"), SQLDataType.UUID);
  static final Field<String> BOOK_TITLE = DSL.field(BOOK.append("title"), SQLDataType.VARCHAR);
  static final Field<Integer> BOOK_PAGES = DSL.field(BOOK.append("pages"), SQLDataType.INTEGER);

  record Author(UUID id, String name) {}

  record Book(UUID id, UUID authorId, String title, int pages) {}

  static final Repository<Author, UUID> authors =
      Repository.of(AUTHORS, Author.class).id(AUTHOR_ID).build();
  static final Repository<Book, UUID> books = Repository.of(BOOKS, Book.class).id(BOOK_ID).build();

  private static final Migrations MIGRATIONS =
      Migrations.named("library")
          .script(
              "V1__library.sql",
              """
              create table public.authors (
                tenant_id uuid not null,
                id uuid not null,
                name text not null,
                primary key (tenant_id, id)
              );
              create table public.books (
                tenant_id uuid not null,
                id uuid not null,
                author_id uuid not null,
                title text not null,
                pages int not null,
                primary key (tenant_id, id),
                foreign key (tenant_id, author_id) references public.authors
              );
              create index on public.books (tenant_id, author_id);
              """);

  @Override
  public List<Migrations> migrations() {
    return isolatedBy(TenantTable.rls("public", "authors"), TenantTable.rls("public", "books"));
  }

  private static List<Migrations> isolatedBy(TenantTable parents, TenantTable children) {
    return List.of(
        TenancyMigrations.all(),
        MIGRATIONS
            .script("V2__authors_isolation.sql", parents.sql())
            .script("V3__books_isolation.sql", children.sql()));
  }

  /** The same tables behind fences. */
  static final class Fenced implements TestSchema {

    @Override
    public List<Migrations> migrations() {
      return isolatedBy(
          TenantTable.fence("public", "authors"), TenantTable.fence("public", "books"));
    }
  }
}
